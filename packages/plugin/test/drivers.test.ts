import { afterAll, beforeAll, expect, it, vi } from "vitest"
import type { Look } from "../src/index.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

it("StarbaseDB's CronPlugin is given a task, and its tick runs what is due, however often it comes", async () => {
  await parts.client.query("CREATE TABLE ticked (id int PRIMARY KEY); INSERT INTO ticked VALUES (1)")
  const alarm: { at: number | null; sets: number } = { at: null, sets: 0 }
  const { post, query, settle } = parts.instance([{ table: "ticked" }], { cronHost: "https://db.example.com", alarm })
  for (let i = 0; i < 2; i++) expect((await post("/replicate?due=true")).result.tables).toHaveLength(1 - i)
  expect(await query("SELECT name, cron_tab, callback_host, is_active FROM tmp_cron_tasks")).toEqual([
    ["starbase-replication", "* * * * *", "https://db.example.com", 1],
  ])
  expect(alarm).toEqual({ at: expect.any(Number), sets: 1 })
  expect(Number(alarm.at) % 60_000).toBe(0)

  await parts.client.query("INSERT INTO ticked VALUES (2)")
  await query("UPDATE tmp_replication_tables SET last_run_at = 1")
  // The tick comes with the client's token, and is answered by the CronPlugin.
  expect((await post("/cron/callback", "client")).result).toBe("from another handler")
  expect(await settle()).toBe(1)
  expect(await query("SELECT count(*) FROM ticked")).toEqual([[2]])
  for (let i = 0; i < 5; i++) await post("/cron/callback", "client")
  expect(await settle()).toBe(0)
})

it("those who listen to the CronPlugin are not told of this plugin's task, and are of all others", async () => {
  await parts.client.query("CREATE TABLE heard (id int PRIMARY KEY)")
  const names: Array<string> = []
  const cron = { onEvent: (name: string) => void names.push(name), isFirst: false }
  const { post } = parts.instance([{ table: "heard" }], { cronHost: "https://db.example.com", cron })
  const tick = (...tasks: ReadonlyArray<string>) =>
    post(
      "/cron/callback",
      "client",
      tasks.map((name) => ({ name, cron_tab: "* * * * *", payload: "{}" })),
    )
  for (const tasks of [["starbase-replication", "of the user's"], ["starbase-replication"], ["another"]]) {
    expect(await tick(...tasks)).toMatchObject({ status: 200, result: "from the CronPlugin" })
  }
  expect(names).toEqual(["of the user's", "another"])
})

it("says that ticks never come where the CronPlugin stands before it in the list", async () => {
  const cron = { onEvent: () => {}, isFirst: true }
  const problem = "cronHost: has no effect, because the CronPlugin stands before this plugin"
  const behind = parts.instance([{ table: "heard" }], { cronHost: "https://db.example.com", cron })
  for (const answer of [await behind.post("/replicate"), await behind.get("/replicate/check")]) {
    expect(answer).toMatchObject({ status: 400, error: expect.stringContaining(problem) })
  }
  const status = await behind.get("/replicate/status")
  expect(status.result["config"]).toMatchObject({ code: "invalid-config", message: expect.stringContaining(problem) })
  // Whoever expects no ticks does without them.
  expect((await parts.instance([{ table: "heard" }], { cron }).post("/replicate")).status).toBe(200)
})

it("a table that was found unchanged is due again by its schedule, although that is stored once a minute only", async () => {
  await parts.client.query("CREATE TABLE idle (id int PRIMARY KEY); INSERT INTO idle VALUES (1)")
  const tables = [{ table: "idle", every: "10 seconds" }]
  const instance = parts.instance(tables)
  const { post, query } = instance
  const due = async () => (await post("/replicate?due=true")).result.tables.length
  await post("/replicate")
  const age = (seconds: number) =>
    query(`UPDATE tmp_replication_tables SET last_run_at = ${Date.now() - seconds * 1000}`)
  await age(30)
  expect([await due(), await due(), await due()]).toEqual([1, 0, 0])
  // Another instance's table of that name is none of it.
  const other = parts.instance(tables)
  await other.post("/replicate")
  await other.query(`UPDATE tmp_replication_tables SET last_run_at = ${Date.now() - 30_000}`)
  expect((await other.post("/replicate?due=true")).result.tables).toHaveLength(1)
  // What another isolate stores meanwhile counts.
  await age(20)
  expect([await due(), await due()]).toEqual([1, 0])
  await post("/replicate")
  expect(await due()).toBe(0)
})

it("the status of a quiet table says when it was looked at last, although that is stored once a minute only", async () => {
  await parts.client.query("CREATE TABLE quiet (id int PRIMARY KEY); INSERT INTO quiet VALUES (1)")
  const { get, post, query } = parts.instance([{ table: "quiet", every: "10 seconds" }])
  // The run after the first load compares keys, which is stored.
  for (let i = 0; i < 2; i++) await post("/replicate")
  const past = Date.now() - 40_000
  await query(`UPDATE tmp_replication_tables SET last_run_at = ${past}, last_success_at = ${past}, synced_at = ${past}`)
  const status = async () => (await get("/replicate/status")).result.tables[0]
  expect(await status()).toMatchObject({ lookedAt: new Date(past).toISOString() })
  const before = Date.now()
  expect((await post("/replicate?due=true")).result.tables).toMatchObject([{ pages: 0, written: 0 }])
  expect(await query("SELECT last_run_at FROM tmp_replication_tables")).toEqual([[past]])
  const found = await status()
  expect(found?.["lagSeconds"]).toBeLessThan(10)
  expect(Date.parse(String(found?.["lookedAt"]))).toBeGreaterThanOrEqual(before)
  expect(Date.parse(String(found?.["nextRunAt"]))).toBeGreaterThanOrEqual(before + 10_000)
})

it("the status knows what the database remembers of its own runs, while nothing else is stored", async () => {
  await parts.client.query("CREATE TABLE remembered (id int PRIMARY KEY); INSERT INTO remembered VALUES (1)")
  const tables = [{ table: "remembered" }]
  const instance = parts.instance(tables)
  const { post, query } = instance
  await post("/replicate")
  const past = Date.now() - 40_000
  await query(`UPDATE tmp_replication_tables SET last_run_at = ${past}, last_success_at = ${past}, synced_at = ${past}`)
  const held = "lease, CAST(lease_until = 0 AS TEXT), position, next_position"
  const [[lease, , position] = []] = await query(`SELECT ${held} FROM tmp_replication_tables`)
  const version = JSON.stringify([lease, true, position, undefined])
  const [at, table] = [Date.now() - 2000, "remembered"]
  const look = { table, version, lastRunAt: past, at, syncedAt: at, frozen: ["more"] }
  const status = async (lastLooks: () => Promise<ReadonlyArray<Look>>) =>
    (await parts.reopen(instance, tables, { lastLooks }).get("/replicate/status")).result.tables[0]
  const stale = { lookedAt: new Date(past).toISOString(), drift: null }
  expect(await status(async () => [look])).toMatchObject({
    lookedAt: new Date(at).toISOString(),
    syncedAt: new Date(at).toISOString(),
    drift: { at: null, changes: ['column "more" added'] },
  })
  expect(await status(async () => [{ ...look, version: "another run's" }])).toMatchObject(stale)
  expect(await status(async () => [{ ...look, at: Date.now() + 60_000 }])).toMatchObject(stale)
  expect(await status(() => Promise.reject(new Error("no such method")))).toMatchObject(stale)
})

it("several drivers at once do no harm: each change arrives once, and nothing is held or failing afterwards", async () => {
  await parts.client.query(`
    CREATE TABLE busy_a (id int PRIMARY KEY, n int NOT NULL);
    CREATE TABLE busy_b (id int PRIMARY KEY, n int NOT NULL);
    INSERT INTO busy_a SELECT i, 0 FROM generate_series(1, 3000) i;
    INSERT INTO busy_b SELECT i, 0 FROM generate_series(1, 3000) i`)
  const options = { cronHost: "https://db.example.com", onRequest: true }
  const tables = ["busy_a", "busy_b"].map((table) => ({
    table,
    every: "1 second",
    deletes: { reconcile: "0 seconds" },
  }))
  const { get, post, query, settle } = parts.instance(tables, options)
  let written = 0
  for (let turn = 1; turn <= 8; turn++) {
    await parts.client.query(`
      UPDATE busy_a SET n = ${turn} WHERE id % 8 = ${turn - 1};
      UPDATE busy_b SET n = ${turn} WHERE id % 8 = ${turn - 1};
      DELETE FROM busy_b WHERE id % 100 = ${turn}`)
    if (turn > 1) await query("UPDATE tmp_replication_tables SET last_run_at = 1")
    const [first, second, tick, ordinary] = await Promise.all([
      post("/replicate?due=true"),
      post("/replicate?due=true"),
      post("/cron/callback", "client"),
      get("/anything", "client"),
    ])
    await settle()
    for (const { result } of [first, second]) {
      for (const { error, written: rows } of result.tables) {
        expect([undefined, "busy", "lease-lost"]).toContain((error as { code: string } | undefined)?.code)
        written += Number(rows)
      }
    }
    expect([tick?.status, ordinary?.status]).toEqual([200, 200])
  }
  await query("UPDATE tmp_replication_tables SET last_run_at = 1, retry_at = NULL")
  expect((await post("/replicate?due=true")).status).toBe(200)
  expect(written).toBeGreaterThan(0)
  for (const table of ["busy_a", "busy_b"]) {
    const { rows } = await parts.client.query({ text: `SELECT id, n FROM ${table} ORDER BY id`, rowMode: "array" })
    expect(await query(`SELECT id, n FROM ${table} ORDER BY id`)).toEqual(rows)
  }
  const state = "SELECT count(*) FROM tmp_replication_tables WHERE lease_until > 0 OR error IS NOT NULL OR more = 1"
  expect(await query(state)).toEqual([[0]])
})

it("onRequest leaves the tables of an operator's own requests alone", async () => {
  await parts.client.query(`
    CREATE TABLE own AS SELECT generate_series(1, 20000) AS id;
    ALTER TABLE own ADD PRIMARY KEY (id)`)
  const { get, post, settle } = parts.instance([{ table: "own", every: "1 hour" }], { onRequest: true })
  // Long after whatever ran behind the requests of other tests.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 })
  try {
    expect((await get("/replicate/check")).status).toBe(200)
    expect(await post("/replicate")).toMatchObject({ status: 200, result: { tables: [{ read: 20_000 }] } })
    expect(await settle()).toBe(0)
    await get("/replicated")
    expect(await settle()).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})
