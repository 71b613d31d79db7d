import { sourceSuite, sqliteTypes, without } from "@starbase-replication/connector-testing"
import { startHub } from "./support/server.ts"
import { openSource } from "./support/source.ts"

/** Some 20 seconds for one row. */
const slowView = `
  CREATE VIEW slow AS SELECT count(*) AS id FROM (
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000000)
    SELECT n FROM numbers)`

sourceSuite("a StarbaseDB", async (atEnd) => {
  const [hub, slow] = await Promise.all([startHub(), startHub()])
  atEnd(hub.stop)
  atEnd(slow.stop)
  await slow.execute(slowView)

  const { clientToken: token, adminToken } = hub
  const at = { url: hub.url.href, token }
  return {
    source: openSource(at),
    tables: hub.tables,
    secrets: [token, adminToken],
    types: sqliteTypes,
    network: {
      host: hub.url.hostname,
      port: Number(hub.url.port),
      connections: "shared",
      open: ({ host, port, timeoutMillis }) =>
        openSource(
          { url: `http://${host}:${port}`, token },
          timeoutMillis === undefined ? {} : { requestTimeout: `${timeoutMillis} millis` },
        ),
    },
    wrongPassword: openSource({ ...at, token: "wrong" }),
    wrongDatabase: without("an instance has one database"),
    misconfigured: [
      openSource({ ...at, url: `http://user:${encodeURIComponent(token)}@127.0.0.1/` }),
      openSource({ ...at, token: `${token}\n${adminToken}` }),
    ],
    forbid: without("a token may read every table or none"),
    slow: {
      table: { name: "slow" },
      source: openSource({ url: slow.url.href, token }, { requestTimeout: "200 millis" }),
    },
    begin: without("SQLite in a Durable Object runs one transaction after the other"),
  }
})
