import { connector as starbase } from "@starbase-replication/source-starbase"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([starbase])
export { ReplicaObject, ReplicaWorkflow, worker as default }
