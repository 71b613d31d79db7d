import { connector as supabase } from "@starbase-replication/source-supabase"
import { makeWorker } from "./makeWorker.ts"

export { ReplicaObject } from "./ReplicaObject.ts"
export default makeWorker([supabase])
