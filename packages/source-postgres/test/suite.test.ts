import { postgresDialect, postgresTypes, sourceSuite, sqlTables } from "@starbase-replication/connector-testing"
import { startPostgres } from "@starbase-replication/test-servers"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { layer, type Settings } from "../src/index.ts"

const password = "reader's p@ss & word"

sourceSuite("PostgreSQL", async (atEnd) => {
  const server = await startPostgres()
  atEnd(server.stop)
  const database = await server.createDatabase("suite")
  await database.query(`
    CREATE ROLE reader LOGIN PASSWORD '${password.replaceAll("'", "''")}';
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
    CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(60) IS NULL AS v`)

  const at = { host: server.host, port: server.port }
  const open = (more: Partial<Settings> = {}, secret = password) =>
    layer(
      {
        type: "postgres",
        ...at,
        user: "reader",
        database: "suite",
        password: { secret: "PASSWORD" },
        tls: "disable",
        ...more,
      },
      () => Redacted.make(secret),
    )
  const impatient = { statementTimeout: "400 millis", connectTimeout: "400 millis" }
  return {
    source: open(),
    tables: sqlTables(postgresDialect, { schema: "public", execute: database.query }),
    secrets: [password],
    types: postgresTypes,
    network: {
      ...at,
      connections: "own",
      open: ({ host, port, timeoutMillis }) => open({ host, port, ...(timeoutMillis === undefined ? {} : impatient) }),
    },
    wrongPassword: open({}, "wrong"),
    wrongDatabase: open({ database: "gone" }),
    misconfigured: [
      layer({ type: "postgres", url: { secret: "URL" } }, () =>
        Redacted.make(`postgres://reader:${encodeURIComponent(password)}@${server.host}:none/suite?sslmode=odd`),
      ),
    ],
    forbid: ({ name }) => database.query(`REVOKE SELECT ON "${name}" FROM reader`).then(() => undefined),
    slow: { table: { name: "slow" }, source: open(impatient) },
    begin: async () => {
      const client = new pg.Client(database.url)
      await client.connect()
      await client.query("BEGIN")
      const { insert } = sqlTables(postgresDialect, { schema: "public", execute: (sql) => client.query(sql) })
      return { insert, commit: () => client.query("COMMIT").then(() => client.end()) }
    },
  }
})
