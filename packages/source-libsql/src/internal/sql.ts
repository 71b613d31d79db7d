import { makeDialect } from "@starbase-replication/sqlite-values"
import { digits, selected } from "./values.ts"

/** SQLite's own bound. */
const maxColumns = 2000

export const dialect = makeDialect({ selected, digits, maxColumns })
