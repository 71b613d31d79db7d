import { connector as starbase } from "@starbase-replication/source-starbase"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([starbase])
export { ReplicaObject, worker as default }
