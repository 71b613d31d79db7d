import { connector as libsql } from "@starbase-replication/source-libsql"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, ReplicaWorkflow, worker } = makeWorker([libsql])
export { ReplicaObject, ReplicaWorkflow, worker as default }
