import { sourceSuite, sqliteDialect, sqliteTypes, sqlTables, without } from "@starbase-replication/connector-testing"
import { startSqld } from "@starbase-replication/test-servers"
import { openSource } from "./support/source.ts"

/** Some 20 seconds for one row. */
const slowView = `
  CREATE VIEW slow AS SELECT count(*) AS id FROM (
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000000)
    SELECT n FROM numbers)`

sourceSuite("libSQL", async (atEnd) => {
  const [server, slow] = await Promise.all([startSqld(), startSqld()])
  atEnd(server.stop)
  atEnd(slow.stop)
  await slow.execute(slowView)

  const { url, readToken: token } = server
  return {
    source: openSource({ url, token }),
    tables: sqlTables(sqliteDialect, { execute: server.execute }),
    secrets: [token],
    types: sqliteTypes,
    network: {
      host: server.host,
      port: server.port,
      connections: "shared",
      open: ({ host, port, timeoutMillis }) =>
        openSource(
          { url: `http://${host}:${port}`, token },
          timeoutMillis === undefined ? {} : { requestTimeout: `${timeoutMillis} millis` },
        ),
    },
    wrongPassword: openSource({ url, token: "wrong" }),
    wrongDatabase: without("a URL is that of one database, and the host of another one has no such address"),
    misconfigured: [
      openSource({ url: `${url}/?authToken=${token}`, token }),
      openSource({ url: `http://user:${token}@127.0.0.1/`, token }),
      openSource({ url, token: `${token}\n${token}` }),
    ],
    forbid: without("a token may read every table of its database or none"),
    slow: {
      table: { name: "slow" },
      source: openSource({ url: slow.url, token: slow.readToken }, { requestTimeout: "200 millis" }),
    },
    begin: without("SQLite runs one writing transaction after the other"),
  }
})
