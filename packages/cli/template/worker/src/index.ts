import { makeWorker } from "./makeWorker.ts"
import { config, connectors } from "./replication.ts"

const { ReplicaObject, worker } = makeWorker(connectors, config)
export { ReplicaObject, worker as default }
