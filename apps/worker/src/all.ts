import { connector as libsql } from "@starbase-replication/source-libsql"
import { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import { connector as starbase } from "@starbase-replication/source-starbase"
import { connector as supabase } from "@starbase-replication/source-supabase"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([postgres, mysql, supabase, starbase, libsql])
export { ReplicaObject, worker as default }
