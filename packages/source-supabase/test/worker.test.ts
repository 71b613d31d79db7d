import { fileURLToPath } from "node:url"
import { startTcpProxy } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createTestHarness } from "wrangler"
import { type Servers, startServers } from "./support/servers.ts"

const setup = `
  CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, amount numeric, body bytea, tags text[]);
  INSERT INTO events
    SELECT 9007199254740993 + n, '2024-01-01 00:00:00.123456Z', 1.10, '\\x00ff', '{a,NULL}' FROM generate_series(1, 2500) n;
  GRANT SELECT ON events TO service_role;
`

let servers: Servers
let harness: ReturnType<typeof createTestHarness>
beforeAll(async () => {
  servers = await startServers(setup)
  harness = createTestHarness({
    workers: [
      {
        config: {
          name: "reader",
          main: fileURLToPath(new URL("./fixtures/worker.ts", import.meta.url)),
          compatibility_date: "2024-09-25",
          compatibility_flags: ["nodejs_compat_v2"],
          vars: { SUPABASE_URL: servers.lite.url, SUPABASE_KEY: servers.lite.secretKey },
        },
      },
    ],
  })
  await harness.listen()
})
afterAll(async () => {
  await harness?.close()
  await servers?.stop()
})

interface Answer {
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>
  readonly error: { readonly code: string; readonly message: string }
}
const ask = async (path: string): Promise<Answer> => (await (await harness.fetch(path)).json()) as Answer

it("reads a table inside workerd, every value exact", async () => {
  const { rows } = await ask("/events")
  expect(rows.length).toBe(2500)
  expect(rows[0]).toEqual(["9007199254740994", "2024-01-01T00:00:00.123456Z", "1.10", "00ff", '["a",null]'])
  expect(rows.at(-1)?.[0]).toBe("9007199254743493")
})

// The harness stands between the Worker and the network: it answers for a connection that fails, and follows redirections.
it("gives typed errors there too", async () => {
  const { lite } = servers
  const proxy = await startTcpProxy(lite)
  const through = encodeURIComponent(`http://${proxy.host}:${proxy.port}`)
  try {
    proxy.stall()
    expect((await ask(`/events?timeout=200%20millis&url=${through}`)).error.code).toBe("timeout")
    lite.fault = () => Response.json({ code: "42501", message: "permission denied" }, { status: 403 })
    expect((await ask("/events")).error.code).toBe("forbidden")
    lite.fault = () => new Response(null, { status: 429, headers: { "retry-after": "60" } })
    const { error } = await ask("/events")
    expect(error.code).toBe("rate-limited")
    expect(JSON.stringify(error)).not.toContain(lite.secretKey)
  } finally {
    lite.fault = undefined
    await proxy.stop()
  }
})
