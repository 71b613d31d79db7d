import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import { type Reader, startReader } from "@starbase-replication/test-servers/reader"
import { afterAll, beforeAll, expect, it, vi } from "vitest"

const rowCount = 2500

let server: Mariadb
let url: string
let reader: Reader
beforeAll(async () => {
  server = await startMariadb()
  const database = await server.createDatabase("worker_test")
  url = database.url
  await database.query(`
    CREATE TABLE events (id bigint unsigned PRIMARY KEY, at timestamp(6) NULL, amount decimal(5,2), body blob, f float)`)
  const rows = Array.from(
    { length: rowCount },
    (_, n) => `(${18446744073709551615n - BigInt(n)}, '2024-01-01 00:00:00.123456', 1.1, x'00ff', 0.1)`,
  )
  await database.query(`SET time_zone = '+00:00'; INSERT INTO events VALUES ${rows.join(",")}`)
  reader = await startReader(new URL("./fixtures/worker.ts", import.meta.url), { MYSQL_URL: url })
})
afterAll(async () => {
  await reader?.stop()
  await server?.stop()
})

it("reads a table inside workerd, every value exact, and closes its connection", async () => {
  const { rows } = await reader.ask("/events")
  expect(rows).toHaveLength(rowCount)
  expect(rows.at(-1)).toEqual([
    "18446744073709551615",
    "2024-01-01T00:00:00.123456Z",
    "1.10",
    "00ff",
    "0.10000000149011612",
  ])
  expect(new Set(rows.map(([id]) => id)).size).toBe(rowCount)
  const others = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = 'worker_test' AND COMMAND <> 'Daemon'"
  await vi.waitUntil(async () => (await server.query(others)).length <= 1, { timeout: 20_000 })
})

it("gives typed errors there too", async () => {
  const wrong = new URL(url)
  wrong.password = "wrong%20secret"
  const { error } = await reader.ask(`/events?url=${encodeURIComponent(wrong.href)}`)
  expect(error.code).toBe("unauthorized")
  expect(JSON.stringify(error)).not.toContain("wrong")
  wrong.port = "1"
  expect((await reader.ask(`/events?url=${encodeURIComponent(wrong.href)}`)).error.code).toBe("unreachable")
})

it("logs in without TLS by each way that the server has for a password", async () => {
  const plugins = await server.query(`
    SELECT PLUGIN_NAME FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'AUTHENTICATION' AND PLUGIN_STATUS = 'ACTIVE'
      AND PLUGIN_NAME IN ('mysql_native_password', 'sha256_password', 'caching_sha2_password')`)
  expect(plugins).not.toEqual([])
  for (const [plugin] of plugins) {
    // A password longer than the salt, with which it is mixed.
    const secret = `the password of ${plugin}, which is quite long`
    const how = plugin === "mysql_native_password" ? `BY '${secret}'` : `WITH ${plugin} BY '${secret}'`
    await server.query(
      `CREATE USER '${plugin}'@'%' IDENTIFIED ${how}; GRANT SELECT ON worker_test.* TO '${plugin}'@'%'`,
    )
    const login = new URL(url)
    login.username = String(plugin)
    login.password = encodeURIComponent(secret)
    expect(await reader.ask(`/events?url=${encodeURIComponent(login.href)}`)).toMatchObject({
      rows: { length: rowCount },
    })
    await server.query(`DROP USER '${plugin}'@'%'`)
  }
})
