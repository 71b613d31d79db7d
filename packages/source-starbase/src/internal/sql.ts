import { ConnectorError } from "@starbase-replication/core/source"
import { makeDialect, type Statement } from "@starbase-replication/sqlite-values"
import { selected } from "./values.ts"

/** A Durable Object takes no more parameters of a statement, and gives no more columns of a result. */
const maxParams = 100
const maxColumns = 100

export const dialect = makeDialect({
  selected,
  digits: (expression) => `'t' || ${expression}`,
  maxColumns,
})

/** What keeps a statement from being sent. */
export const refusal = ({ values }: Statement): ConnectorError | undefined =>
  values.length <= maxParams
    ? undefined
    : new ConnectorError({
        code: "unsupported",
        message: `The conditions need ${values.length} parameters, and a Durable Object takes ${maxParams}`,
        hint: "Name fewer values in the table's where.",
      })
