import { startTcpProxy } from "@starbase-replication/test-servers"
import { type Reader, startReader } from "@starbase-replication/test-servers/reader"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"

const setup = `
  CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz, amount numeric, body bytea, tags text[]);
  INSERT INTO events
    SELECT 9007199254740993 + n, '2024-01-01 00:00:00.123456Z', 1.10, '\\x00ff', '{a,NULL}' FROM generate_series(1, 2500) n;
  GRANT SELECT ON events TO service_role;
`

let servers: Servers
let reader: Reader
beforeAll(async () => {
  servers = await startServers(setup)
  reader = await startReader(new URL("./fixtures/worker.ts", import.meta.url), {
    SUPABASE_URL: servers.lite.url,
    SUPABASE_KEY: servers.lite.secretKey,
  })
})
afterAll(async () => {
  await reader?.stop()
  await servers?.stop()
})

it("reads a table inside workerd, every value exact", async () => {
  const { rows } = await reader.ask("/events")
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
    expect((await reader.ask(`/events?timeout=200%20millis&url=${through}`)).error.code).toBe("timeout")
    lite.fault = () => Response.json({ code: "42501", message: "permission denied" }, { status: 403 })
    expect((await reader.ask("/events")).error.code).toBe("forbidden")
    lite.fault = () => new Response(null, { status: 429, headers: { "retry-after": "60" } })
    const { error } = await reader.ask("/events")
    expect(error.code).toBe("rate-limited")
    expect(JSON.stringify(error)).not.toContain(lite.secretKey)
  } finally {
    lite.fault = undefined
    await proxy.stop()
  }
})
