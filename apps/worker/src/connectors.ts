import { connector as hub } from "@starbase-replication/source-hub"
import { connector as libsql } from "@starbase-replication/source-libsql"
import { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import { connector as starbase } from "@starbase-replication/source-starbase"
import { connector as supabase } from "@starbase-replication/source-supabase"

/** Every connector of this repository. */
export const connectors = [postgres, mysql, supabase, starbase, libsql, hub] as const
