import { connector as hub } from "@starbase-replication/source-hub"
import { makeWorker } from "./makeWorker.ts"

const { ReplicaObject, worker } = makeWorker([hub])
export { ReplicaObject, worker as default }
