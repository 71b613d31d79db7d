import { startMariadb } from "@starbase-replication/test-servers"
import { mariadbLog } from "../src/log/mariadb/subject.ts"
import { logHistories } from "./support/logHistories.ts"

logHistories("log.mariadb.test.ts", async () => {
  const server = await startMariadb({ binlog: true })
  // Runs that die leave their connections behind, as no process does that is killed.
  await server.query("SET GLOBAL max_connections = 5000, GLOBAL wait_timeout = 60")
  return { host: server.host, port: server.port, subject: mariadbLog(server), stop: server.stop }
})
