import { connector as mysql } from "@starbase-replication/source-mysql"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([mysql])
export { ReplicaObject, ReplicaWorkflow, worker as default }
