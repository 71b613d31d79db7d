import { fileURLToPath } from "node:url"
import { type Sqld, startSqld, startTcpProxy } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createTestHarness } from "wrangler"

let server: Sqld
let harness: ReturnType<typeof createTestHarness>
beforeAll(async () => {
  server = await startSqld()
  await server.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, t TEXT, r REAL, b BLOB, n)")
  await server.execute(
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 2500)" +
      " INSERT INTO events SELECT 9007199254740993 + n, 'a' || char(0) || 'ü', 0.1 + 0.2, x'00ff', 9e999 FROM s",
  )
  harness = createTestHarness({
    workers: [
      {
        config: {
          name: "reader",
          main: fileURLToPath(new URL("./fixtures/worker.ts", import.meta.url)),
          compatibility_date: "2024-09-25",
          compatibility_flags: ["nodejs_compat_v2"],
          vars: { LIBSQL_URL: server.url, LIBSQL_TOKEN: server.readToken },
        },
      },
    ],
  })
  await harness.listen()
})
afterAll(async () => {
  await harness?.close()
  await server?.stop()
})

interface Answer {
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
  readonly error: { readonly code: string; readonly message: string }
}
const ask = async (path: string): Promise<Answer> => (await (await harness.fetch(path)).json()) as Answer

it("reads a table inside workerd, every value exact", async () => {
  const { rows } = await ask("/events")
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
    const { error } = await ask(`/events?timeout=200%20millis&url=${through}`)
    expect(error.code).toBe("timeout")
    expect(JSON.stringify(error)).not.toContain(server.readToken)
  } finally {
    await proxy.stop()
  }
})
