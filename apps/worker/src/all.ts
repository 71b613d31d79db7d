import { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import { connector as supabase } from "@starbase-replication/source-supabase"
import { makeWorker } from "./makeWorker.ts"

export { ReplicaObject } from "./ReplicaObject.ts"
export default makeWorker([postgres, mysql, supabase])
