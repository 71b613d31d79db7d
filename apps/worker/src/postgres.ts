import { connector as postgres } from "@starbase-replication/source-postgres"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([postgres])
export { ReplicaObject, ReplicaWorkflow, worker as default }
