import { connector as libsql } from "@starbase-replication/source-libsql"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([libsql])
export { ReplicaObject, worker as default }
