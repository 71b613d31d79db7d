import { join } from "node:path"
import { jsonSchema } from "@starbase-replication/core/config"
import { connectors } from "@starbase-replication/worker/src/connectors.ts"

/** Where the published JSON Schema of the replication document stands. */
export const schemaFile = join(import.meta.dirname, "../../plugin/replication.schema.json")

/** What it must hold, over all connectors of this repository. */
export const schemaText = (): string => `${JSON.stringify(jsonSchema(connectors), null, 2)}\n`
