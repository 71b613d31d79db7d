import { type Sqld, startSqld, startTcpProxy } from "@starbase-replication/test-servers"
import { type Reader, startReader } from "@starbase-replication/test-servers/reader"
import { afterAll, beforeAll, expect, it } from "vitest"

let server: Sqld
let reader: Reader
beforeAll(async () => {
  server = await startSqld()
  await server.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, t TEXT, r REAL, b BLOB, n)")
  await server.execute(
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2500)" +
      " INSERT INTO events SELECT 9007199254740993 + n, 'a' || char(0) || 'ü', 0.1 + 0.2, x'00ff', 9e999 FROM s",
  )
  reader = await startReader(new URL("./fixtures/worker.ts", import.meta.url), {
    LIBSQL_URL: server.url,
    LIBSQL_TOKEN: server.readToken,
  })
})
afterAll(async () => {
  await reader?.stop()
  await server?.stop()
})

it("reads a table inside workerd, every value exact", async () => {
  const { rows } = await reader.ask("/events")
  expect(rows.length).toBe(2500)
  expect(rows[0]).toEqual(["9007199254740994", "a\0ü", "0.30000000000000004", "00ff", "Infinity"])
  expect(rows.at(-1)?.[0]).toBe("9007199254743493")
})

// The harness stands between the Worker and the network: it answers for a connection that fails.
it("gives typed errors there too", async () => {
  const proxy = await startTcpProxy(server)
  const through = encodeURIComponent(`http://${proxy.host}:${proxy.port}`)
  try {
    proxy.stall()
    const { error } = await reader.ask(`/events?timeout=200%20millis&url=${through}`)
    expect(error.code).toBe("timeout")
    expect(JSON.stringify(error)).not.toContain(server.readToken)
  } finally {
    await proxy.stop()
  }
})
