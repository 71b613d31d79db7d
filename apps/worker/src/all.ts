import { connectors } from "./connectors.ts"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker(connectors)
export { ReplicaObject, ReplicaWorkflow, worker as default }
