import { connector } from "@starbase-replication/source-mysql"
import { startMariadb, startTcpProxy } from "@starbase-replication/test-servers"
import { openTable, type SqlServer } from "../SqlTable.ts"
import type { Subject } from "../Subject.ts"
import { dialect } from "./dialect.ts"
import { mariadbDriver } from "./driver.ts"
import { openSessions } from "../Sessions.ts"

/** Characters that a URL and a JSON text write in another way. */
const password = 'correct: horse/"battery" @stäple%41'

/** Histories on a MariaDB of its own. */
export const startMariadbSubject = async (): Promise<Subject> => {
  const mariadb = await startMariadb()
  const database = await mariadb.createDatabase("oracle")
  await database.query(`CREATE USER reader IDENTIFIED BY '${password}'; GRANT SELECT ON oracle.* TO reader`)
  const [sessions, proxy] = await Promise.all([openSessions(mariadbDriver(database.url), 3), startTcpProxy(mariadb)])
  const { host, port } = proxy
  const patient = { type: "mysql", url: { secret: "URL" } }
  const login = { host, port, user: "reader", database: "oracle", password: { secret: "PASSWORD" } }
  const impatient = { type: "mysql", ...login, statementTimeout: "50 millis" }
  const server: SqlServer = {
    dialect,
    sessions,
    proxy,
    entry: (isPatient) => (isPatient ? patient : impatient),
    columns: (table) =>
      // Its json is a longtext.
      `SELECT column_name, if(column_type = 'longtext', 'json', column_type) FROM information_schema.columns
        WHERE table_schema = database() AND table_name = '${table}' ORDER BY ordinal_position`,
    changed: async () => {},
  }
  let tables = 0
  return {
    name: "MariaDB",
    connector,
    secrets: { URL: `mysql://reader:${encodeURIComponent(password)}@${host}:${port}/oracle`, PASSWORD: password },
    seesTransactions: false,
    tellsWriters: false,
    seesTypes: false,
    ordersByBytes: false,
    table: (shape) => openTable(server, `h${tables++}`, shape),
    stop: async () => {
      await sessions.stop()
      await proxy.stop()
      await mariadb.stop()
    },
  }
}
