import { type Mariadb, startMariadb } from "@starbase-replication/test-servers"
import { type Reader, startReader } from "@starbase-replication/test-servers/reader"
import { afterAll, beforeAll, expect, it, vi } from "vitest"

let server: Mariadb
let reader: Reader
let query: (text: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
beforeAll(async () => {
  server = await startMariadb({ binlog: true })
  const database = await server.createDatabase("worker_log")
  query = database.query
  await query(`
    CREATE TABLE events (id bigint unsigned PRIMARY KEY, at timestamp(6) NULL, amount decimal(5,2), body blob, f float, t varchar(20) CHARACTER SET latin1);
    CREATE TABLE numbers (n int PRIMARY KEY); INSERT INTO numbers WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n FROM s`)
  reader = await startReader(new URL("./fixtures/logWorker.ts", import.meta.url), { MYSQL_URL: database.url })
})
afterAll(async () => {
  await reader?.stop()
  await server?.stop()
})

it("reads the log inside workerd, every value exact, and closes its connections", async () => {
  const [[from = ""] = []] = (await reader.ask("/events")).rows
  await query(`
    SET time_zone = '+00:00';
    INSERT INTO events SELECT 18446744073709551615 - a.n * 100 - b.n, '2024-01-01 00:00:00.123456', 1.1, x'00ff', 0.1, 'né€' FROM numbers a JOIN numbers b WHERE a.n <= 200 AND b.n < 100;
    DELETE FROM numbers`)
  const { rows } = await reader.ask(`/events?from=${encodeURIComponent(from ?? "")}`)
  expect(rows[0]).toEqual(["begin"])
  expect(rows.at(-2)).toEqual(["commit"])
  const told = rows.slice(1, -2)
  expect(told).toHaveLength(19_800)
  expect(new Set(told.map(([id]) => id)).size).toBe(19_800)
  expect(told.find(([id]) => id === "18446744073709551514")).toEqual([
    "18446744073709551514",
    "2024-01-01T00:00:00.123456Z",
    "1.10",
    "00ff",
    "0.10000000149011612",
    "né€",
  ])
  expect(JSON.parse(String(rows.at(-1)?.[0]))).toMatchObject({ isWhole: true, isAll: true })
  const others = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = 'worker_log' AND COMMAND <> 'Daemon'"
  await vi.waitUntil(async () => (await server.query(others)).length <= 1, { timeout: 20_000 })
})
