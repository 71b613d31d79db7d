import { startMariadb } from "@starbase-replication/test-servers"
import { mariadbLog } from "../src/log/mariadb/subject.ts"
import { logHistories } from "./support/logHistories.ts"

logHistories("log.mariadb.test.ts", async () => {
  const server = await startMariadb({ binlog: true })
  return { host: server.host, port: server.port, subject: mariadbLog(server), stop: server.stop }
})
