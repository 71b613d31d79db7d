import { connector as supabase } from "@starbase-replication/source-supabase"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([supabase])
export { ReplicaObject, worker as default }
