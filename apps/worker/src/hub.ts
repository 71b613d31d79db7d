import { connector as hub } from "@starbase-replication/source-hub"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([hub])
export { ReplicaObject, ReplicaWorkflow, worker as default }
