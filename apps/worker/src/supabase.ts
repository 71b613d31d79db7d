import { connector as supabase } from "@starbase-replication/source-supabase"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([supabase])
export { ReplicaObject, ReplicaWorkflow, worker as default }
