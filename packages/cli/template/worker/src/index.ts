import { makeWorker } from "./makeWorker.ts"
import { config, connectors } from "./replication.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker(connectors, config)
export { ReplicaObject, ReplicaWorkflow, worker as default }
