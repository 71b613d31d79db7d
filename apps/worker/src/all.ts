import { connectors } from "./connectors.ts"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker(connectors)
export { ReplicaObject, worker as default }
