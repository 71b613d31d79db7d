import { connector as mysql } from "@starbase-replication/source-mysql"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([mysql])
export { ReplicaObject, worker as default }
