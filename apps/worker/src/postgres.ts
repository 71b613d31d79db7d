import { connector as postgres } from "@starbase-replication/source-postgres"
import { makeWorker } from "./makeWorker.ts"

export { ReplicaObject } from "./ReplicaObject.ts"
export default makeWorker([postgres])
