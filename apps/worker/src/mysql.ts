import { connector as mysql } from "@starbase-replication/source-mysql"
import { makeWorker } from "./makeWorker.ts"

export { ReplicaObject } from "./ReplicaObject.ts"
export default makeWorker([mysql])
