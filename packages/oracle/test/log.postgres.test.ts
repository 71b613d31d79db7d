import { startPostgres } from "@starbase-replication/test-servers"
import { postgresLog } from "../src/log/postgres/subject.ts"
import { settings } from "../src/postgres/subject.ts"
import { logHistories } from "./support/logHistories.ts"

logHistories("log.postgres.test.ts", async () => {
  const server = await startPostgres({
    settings: { ...settings, wal_level: "logical", synchronous_commit: "on", max_replication_slots: 40 },
  })
  return { host: server.host, port: server.port, subject: postgresLog(server), stop: server.stop }
})
