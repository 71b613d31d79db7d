import { join } from "node:path"
import { jsonSchema } from "@starbase-replication/core/config"
import { connector as libsql } from "@starbase-replication/source-libsql"
import { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import { connector as starbase } from "@starbase-replication/source-starbase"
import { connector as supabase } from "@starbase-replication/source-supabase"

/** Where the published JSON Schema of the replication document stands. */
export const schemaFile = join(import.meta.dirname, "../../plugin/replication.schema.json")

/** What it must hold, over all connectors of this repository. */
export const schemaText = (): string =>
  `${JSON.stringify(jsonSchema([postgres, mysql, supabase, starbase, libsql]), null, 2)}\n`
