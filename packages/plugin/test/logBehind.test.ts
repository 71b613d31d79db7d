import { type PostgresServer, startPgbouncer, startStandby } from "@starbase-replication/test-servers"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

let parts: Parts
let pooler: PostgresServer
let standby: Awaited<ReturnType<typeof startStandby>>
beforeAll(async () => {
  parts = await startParts({ wal_level: "logical", synchronous_commit: "on" })
  ;[pooler, standby] = await Promise.all([startPgbouncer(parts.server), startStandby(parts.server)])
})
afterAll(async () => {
  await Promise.all([pooler?.stop(), standby?.stop()])
  await parts?.stop()
})

const tables = [{ table: "orders" }, { table: "customers" }]

const make = (slot: string) =>
  parts.client.query(
    `DROP PUBLICATION IF EXISTS ${slot}; DROP TABLE IF EXISTS orders, customers;
     CREATE TABLE customers (id int PRIMARY KEY, name text); CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
     INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 20) n;
     INSERT INTO orders SELECT n, 1 + n % 20, repeat('x', 3000) FROM generate_series(1, 50) n;
     CREATE PUBLICATION ${slot} FOR TABLE orders, customers`,
  )

/** The orders and customers of both sides, once nothing is left to pull. */
const bothSides = async (instance: Instance) => {
  for (let isMore = true; isMore;) {
    const { result } = await instance.post("/replicate")
    expect(result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
    isMore = result.tables.some(({ more }) => more === true)
  }
  const sides = await Promise.all(
    tables.map(async ({ table }) => {
      const { rows } = await parts.client.query({ text: `SELECT * FROM ${table} ORDER BY id`, rowMode: "array" })
      return [await instance.query(`SELECT * FROM ${table} ORDER BY id`), rows] as const
    }),
  )
  return [sides.map(([replica]) => replica), sides.map(([, source]) => source)] as const
}

const changes = [
  "BEGIN; INSERT INTO customers VALUES (100, 'new'); UPDATE orders SET note = 'y' WHERE id = 1; DELETE FROM orders WHERE id = 2; COMMIT",
  "UPDATE orders SET id = id + 1000; TRUNCATE customers; INSERT INTO customers VALUES (7, 'again')",
  "INSERT INTO orders SELECT n, 1, 'many' FROM generate_series(2000, 9000) n",
]

it("follows a log through a PgBouncer that gives each transaction whatever connection is free", async () => {
  await make("pooled")
  const log = { slot: "pooled", publication: "pooled" }
  const instance = parts.instance(tables, { log, secrets: { SHOP_URL: pooler.url } })
  // Others take the connections in turn, so that two transactions seldom get the same.
  let isOver = false
  const others = (async () => {
    while (!isOver) await pooler.query("SELECT pg_sleep(0.002)")
  })()
  let [replica, source] = await bothSides(instance)
  expect(replica).toEqual(source)
  for (const change of changes) {
    await parts.client.query(change)
    ;[replica, source] = await bothSides(instance)
    expect(replica).toEqual(source)
  }
  isOver = true
  await others
  const { result } = await instance.get("/replicate/status")
  expect(result.tables).toMatchObject([{ changes: { by: "log" } }, { changes: { by: "log" } }])
})

it("follows the log of a hot standby, as far as that has replayed", async () => {
  await make("standing")
  await standby.caughtUp()
  const log = { slot: "standing", publication: "standing" }
  const instance = parts.instance(tables, { log, secrets: { SHOP_URL: standby.url } })
  // A slot is made once the primary has told what it is writing, which it does by itself every 15 seconds.
  let isMade = false
  const tell = (async () => {
    while (!isMade) await parts.server.query("SELECT pg_log_standby_snapshot(), pg_sleep(0.05)")
  })()
  let [replica, source] = await bothSides(instance)
  isMade = true
  await tell
  expect(replica).toEqual(source)
  for (const change of changes) {
    await standby.pauseReplay()
    await parts.client.query(change)
    const [behind] = await bothSides(instance)
    expect(behind).toEqual(replica)
    await standby.resumeReplay()
    await standby.caughtUp()
    ;[replica, source] = await bothSides(instance)
    expect(replica).toEqual(source)
  }
  const { result } = await instance.get("/replicate/status")
  expect(result.tables).toMatchObject([{ changes: { by: "log" } }, { changes: { by: "log" } }])
})

it("loads no table while a commit is in the log that nobody can see, because it waits for a standby", async () => {
  await make("waiting")
  const log = { slot: "waiting", publication: "waiting" }
  const first = parts.instance([{ table: "customers" }], { log })
  await first.post("/replicate")
  await parts.server.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
  await parts.server.query("SELECT pg_reload_conf()")
  const writer = new pg.Client(parts.server.url)
  await writer.connect()
  const written = writer.query("INSERT INTO orders VALUES (999, 1, 'not seen yet')")
  await expect
    .poll(() => parts.server.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"), { timeout: 10_000 })
    .toHaveLength(1)
  const both = parts.reopen(first, tables, { log })
  const { result } = await both.post("/replicate")
  expect(result.tables).toMatchObject([{ table: "orders", error: { code: "source-busy" } }, { table: "customers" }])
  await parts.server.query("ALTER SYSTEM RESET synchronous_standby_names")
  await parts.server.query("SELECT pg_reload_conf()")
  await written
  await writer.end()
  const [replica, source] = await bothSides(both)
  expect(replica).toEqual(source)
  expect(await both.query("SELECT note FROM orders WHERE id = 999")).toEqual([["not seen yet"]])
})
