import { connector as postgres } from "@starbase-replication/source-postgres"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([postgres])
export { ReplicaObject, worker as default }
