import { mysqlDialect, sourceSuite, sqlTables, without } from "@starbase-replication/connector-testing"
import { startMariadb } from "@starbase-replication/test-servers"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../src/index.ts"
import { typesOf } from "./support/types.ts"

const password = "reader's p@ss & word"
const name = "suite"
const reader = "suite_reader"

sourceSuite("MariaDB, or the server that MYSQL_URL names", async (atEnd) => {
  const server = await startMariadb()
  atEnd(server.stop)
  const [[version] = []] = await server.query("SELECT VERSION()")
  const database = await server.createDatabase(name)
  await database.query(`
    CREATE USER ${reader} IDENTIFIED BY '${password.replaceAll("'", "''")}';
    CREATE VIEW slow AS SELECT 1 AS id, SLEEP(60) AS v;
    GRANT SELECT ON ${name}.slow TO ${reader};
    SET time_zone = '+00:00', sql_mode = ''`)
  atEnd(() => database.query(`DROP USER ${reader}`))

  const at = { host: server.host, port: server.port }
  const open = (more: Partial<Settings> = {}, secret = password) =>
    layer(
      {
        type: "mysql",
        ...at,
        user: reader,
        database: name,
        password: { secret: "PASSWORD" },
        tls: "disable",
        ...more,
      },
      () => Redacted.make(secret),
    )
  const impatient = { statementTimeout: "400 millis", connectTimeout: "400 millis" }
  return {
    source: open(),
    tables: sqlTables(mysqlDialect, {
      schema: name,
      execute: database.query,
      // Nobody can be given beforehand what is made later, but the whole database, and then no table can be taken away.
      made: (table) => database.query(`GRANT SELECT ON ${name}.${mysqlDialect.quote(table)} TO ${reader}`),
    }),
    secrets: [password],
    types: typesOf(String(version).includes("MariaDB") ? "MariaDB" : "MySQL"),
    network: {
      ...at,
      connections: "own",
      open: ({ host, port, timeoutMillis }) => open({ host, port, ...(timeoutMillis === undefined ? {} : impatient) }),
    },
    wrongPassword: open({}, "wrong"),
    wrongDatabase: open({ database: "gone" }),
    misconfigured: [
      layer({ type: "mysql", url: { secret: "URL" } }, () =>
        Redacted.make(`mysql://reader:${encodeURIComponent(password)}@${server.host}:none/suite?ssl-mode=odd`),
      ),
    ],
    forbid: async (table) => {
      await database.query(`REVOKE SELECT ON ${name}.${mysqlDialect.quote(table.name)} FROM ${reader}`)
    },
    slow: { table: { name: "slow" }, source: open(impatient) },
    begin: without("innodb_trx, which tells of the transactions in flight, needs the PROCESS privilege"),
    // Names are of the Basic Multilingual Plane.
    refuses: { name: (text) => /[\u{10000}-\u{10FFFF}]/u.test(text) },
  }
})
