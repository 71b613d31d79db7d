import { type Mariadb, type Postgres, startMariadb, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

interface Run {
  readonly table: string
  readonly read: number
  readonly written: number
  readonly verification?: object
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
}

let postgres: Postgres
let mariadb: Mariadb
beforeAll(async () => {
  ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
})
afterAll(() => Promise.all([postgres?.stop(), mariadb?.stop()]))

describe.each(["postgres", "mysql"] as const)("%s", (type) => {
  let worker: TestWorker
  let query: (sql: string) => Promise<unknown>
  beforeAll(async () => {
    const database = type === "postgres" ? postgres : await mariadb.createDatabase("keyless")
    query = (sql) => database.query(sql)
    worker = await startWorker(
      {
        variables: { SHOP_URL: database.url },
        config: {
          sources: { shop: { type, url: { secret: "SHOP_URL" } } },
          tables: [
            { source: "shop", table: "*", except: ["visits", "events"] },
            { source: "shop", table: "visits", whole: { rows: 20 } },
            { source: "shop", table: "events", whole: { rows: 5 } },
          ],
        },
      },
      "all",
    )
    await query("CREATE TABLE numbers (n int PRIMARY KEY)")
    await query(`INSERT INTO numbers VALUES ${Array.from({ length: 300 }, (_, n) => `(${n})`).join(", ")}`)
    await query("CREATE TABLE events (id int, what varchar(20))")
    await query("CREATE TABLE log (at int, what varchar(20), amount decimal(10,2))")
    await query("INSERT INTO log VALUES (1, 'in', 1.10), (1, 'in', 1.10), (2, 'out', NULL), (NULL, NULL, NULL)")
    await query("INSERT INTO log VALUES (NULL, NULL, NULL), (3, '', 0)")
    await query("CREATE TABLE visits (a int, b varchar(20), UNIQUE (a))")
    await query("INSERT INTO visits VALUES (1, 'x'), (2, 'y'), (NULL, 'z'), (NULL, 'z')")
  })
  afterAll(() => worker?.stop())

  const replicate = async (path = "/replicate") => {
    const { result } = await worker.admin.post<{ tables: ReadonlyArray<Run> }>(path)
    return new Map((result?.tables ?? []).map((run) => [run.table, run]))
  }
  const rows = (sql: string) => worker.client.rows(sql)
  const log = () => rows("SELECT at, what, amount, count(*) FROM log GROUP BY 1, 2, 3 ORDER BY 1, 2")

  it("brings a table of a wildcard without a key, its duplicates kept", async () => {
    const runs = await replicate()
    expect(runs.get("log")).toMatchObject({ read: 6, written: 6 })
    expect(await log()).toEqual([
      [null, null, null, 2],
      [1, "in", "1.10", 2],
      [2, "out", null, 1],
      [3, "", "0.00", 1],
    ])
    expect(await rows("SELECT a, b, count(*) FROM visits GROUP BY 1, 2 ORDER BY 1")).toEqual([
      [null, "z", 2],
      [1, "x", 1],
      [2, "y", 1],
    ])
    expect(complaintsIn(worker.logs)).toEqual([])
  })

  it("writes nothing where nothing changed, and reads nothing either", async () => {
    const runs = await replicate()
    expect(runs.get("log")).toMatchObject({ read: 0, written: 0 })
    expect(runs.get("visits")).toMatchObject({ read: 0, written: 0 })
  })

  it("follows an update of one of two equal rows, a delete of one, and an insert of one more", async () => {
    await query(
      type === "postgres"
        ? "UPDATE log SET amount = 2 WHERE ctid = (SELECT min(ctid) FROM log WHERE at = 1)"
        : "UPDATE log SET amount = 2 WHERE at = 1 LIMIT 1",
    )
    expect((await replicate()).get("log")).toMatchObject({ read: 6, written: 6 })
    expect(await rows("SELECT at, amount FROM log WHERE at = 1 ORDER BY 2")).toEqual([
      [1, "1.10"],
      [1, "2.00"],
    ])
    await query(
      type === "postgres"
        ? "DELETE FROM log WHERE ctid = (SELECT min(ctid) FROM log WHERE at IS NULL)"
        : "DELETE FROM log WHERE at IS NULL LIMIT 1",
    )
    await replicate()
    expect(await rows("SELECT count(*) FROM log WHERE at IS NULL")).toEqual([[1]])
    await query("INSERT INTO log VALUES (3, '', 0)")
    await replicate()
    expect(await rows("SELECT count(*) FROM log WHERE at = 3")).toEqual([[2]])
  })

  it("compares multisets, and mends what somebody changed in the replica", async () => {
    const verify = async (query = "") => {
      const runs = await replicate(`/replicate/log/verify${query}`)
      return runs.get("log")?.verification
    }
    expect(await verify()).toMatchObject({ complete: true, differing: 0, settled: 0 })
    await worker.admin.rows("DELETE FROM log WHERE rowid = (SELECT min(rowid) FROM log WHERE at = 3)")
    await worker.admin.rows("INSERT INTO log SELECT * FROM log WHERE at = 2")
    expect(await verify()).toMatchObject({ complete: true, differing: 2, repaired: 0 })
    expect(await verify("?repair=true")).toMatchObject({ complete: true, differing: 0, repaired: 2 })
    expect(await rows("SELECT at, count(*) FROM log GROUP BY 1 ORDER BY 1")).toEqual([
      [null, 1],
      [1, 2],
      [2, 1],
      [3, 2],
    ])
    expect(await verify()).toMatchObject({ complete: true, differing: 0 })
  })

  interface Checked {
    readonly table: string
    readonly key: ReadonlyArray<string>
    readonly changes?: { readonly by: string; readonly why: string }
    readonly notices?: ReadonlyArray<string>
    readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
  }
  const check = async () => {
    const { result } = await worker.admin.get<{ tables: ReadonlyArray<Checked> }>("/replicate/check")
    return new Map((result?.tables ?? []).map((one) => [one.table, one]))
  }
  const status = async (table: string) => {
    const { result } = await worker.admin.get<{ tables: ReadonlyArray<Record<string, unknown>> }>("/replicate/status")
    return result?.tables.find((one) => one["table"] === table)
  }

  it("goes over to a unique index once a table is too large, and says which rows it sets aside", async () => {
    expect((await check()).get("visits")).toMatchObject({ key: [], changes: { by: "whole" } })
    for (let id = 10; id < 40; id++) await query(`INSERT INTO visits VALUES (${id}, 'many')`)
    expect((await replicate()).get("visits")).not.toHaveProperty("error")
    expect(await rows("SELECT count(*), count(a) FROM visits")).toEqual([[32, 32]])
    expect(await status("visits")).toMatchObject({ rows: 32, rejects: 2, state: "ok" })
    const { key, notices } = (await check()).get("visits") ?? {}
    expect(key).toEqual(["a"])
    expect(notices?.join(" ")).toMatch(/^2 rows are set aside, because nothing tells rows apart in which "a" is NULL\./)
    await query("UPDATE visits SET b = 'changed' WHERE a = 10")
    await query("DELETE FROM visits WHERE a = 11")
    await replicate()
    expect(await rows("SELECT b FROM visits WHERE a = 10")).toEqual([["changed"]])
  })

  it("refuses a table that is too large, with the statement that gives it a key", async () => {
    for (let id = 0; id < 6; id++) await query(`INSERT INTO events VALUES (${id % 2}, 'happened')`)
    const error = (await replicate()).get("events")?.error
    expect(error).toMatchObject({ code: "too-large" })
    expect(error?.message).toMatch(/events has more than 5 rows, and has no key/)
    expect(error?.hint).toContain('"whole":{"rows":50}')
    expect(await status("events")).toMatchObject({ state: "refused", error: { code: "too-large" } })
    const { message, hint } = (await check()).get("events")?.error ?? {}
    expect({ message, hint }).toEqual({ message: error?.message, hint: error?.hint })
    const statement = /\((ALTER TABLE .*)\), or/.exec(error?.hint ?? "")?.[1] ?? "none"
    await query(statement)
    expect((await replicate()).get("events")).toMatchObject({ written: 6 })
    expect(await rows("SELECT id_2, id FROM events ORDER BY id_2 LIMIT 2")).toEqual([
      [1, 0],
      [2, 1],
    ])
  })

  it("shows readers the old rows or the new ones, asks before it loses many, and takes other columns", async () => {
    const before = await log()
    await query("INSERT INTO log SELECT seq, 'bulk', 1 FROM (SELECT 100 + n AS seq FROM numbers) AS s")
    await replicate()
    expect(await rows("SELECT count(*) FROM log WHERE what = 'bulk'")).toEqual([[300]])
    await query("DELETE FROM log WHERE what = 'bulk'")
    expect((await replicate()).get("log")?.error).toMatchObject({ code: "delete-guard" })
    expect(await rows("SELECT count(*) FROM log WHERE what = 'bulk'")).toEqual([[300]])
    expect((await replicate()).get("log")).toMatchObject({ error: { code: "delete-guard" }, written: 0 })
    expect((await worker.admin.post("/replicate/log/confirm")).error).toBeUndefined()
    await replicate()
    expect(await log()).toEqual(before)
    await query("ALTER TABLE log ADD COLUMN more int")
    await replicate()
    expect(await rows("SELECT count(*), count(more) FROM log")).toEqual([
      [before.reduce((sum, row) => sum + Number(row[3]), 0), 0],
    ])
    const refreshed = await replicate("/replicate/log/refresh")
    expect(refreshed.get("log")).not.toHaveProperty("error")
    expect(await log()).toEqual(before)
  })
})
