import { readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { version } from "../src/internal/version.ts"
import { makeInstance } from "./support/instance.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

const fill = (name: string, rows: number) =>
  parts.client.query(
    `CREATE TABLE ${name} (id int PRIMARY KEY, v text); INSERT INTO ${name} SELECT i, 'v' || i FROM generate_series(1, ${rows}) i; ANALYZE ${name}`,
  )

const firstOf = async (get: (path: string) => Promise<{ readonly result: Record<string, unknown> }>) => {
  const [table] = (await get("/replicate/status")).result["tables"] as ReadonlyArray<Record<string, unknown>>
  if (table === undefined) throw new Error("no table")
  return table
}

it("the version in the status is the package's", () => {
  const { version: published } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as Record<string, string>
  expect(version).toBe(published)
})

describe("the status", () => {
  it("tells how far a load is that takes several runs, and about how many rows it has to read", async () => {
    await fill("loaded", 900)
    const { post, get } = parts.instance([{ table: "loaded", batchSize: 100 }], { document: { budget: { rows: 300 } } })
    await post("/replicate")
    expect(await firstOf(get)).toMatchObject({ state: "loading", rows: 300, estimatedRows: 900, progress: null })
    await post("/replicate")
    await post("/replicate")
    await post("/replicate")
    expect(await firstOf(get)).toMatchObject({ state: "ok", rows: 900, estimatedRows: null })
  })

  it("guesses nothing where only some rows are wanted", async () => {
    await fill("partly", 900)
    const { post, get } = parts.instance(
      [{ table: "partly", batchSize: 100, where: [{ column: "id", op: "gt", value: 10 }] }],
      { document: { budget: { rows: 300 } } },
    )
    await post("/replicate")
    expect(await firstOf(get)).toMatchObject({ state: "loading", estimatedRows: null })
  })

  it("shows a run under way, and what it has done so far", async () => {
    await fill("watched", 3000)
    const { execute } = parts.objects.object()
    let seen: Record<string, unknown> = {}
    let applies = 0
    const instance = makeInstance(
      async (sql, params) => {
        // The third batch waits until the status has been asked for.
        if (sql.startsWith('INSERT INTO "tmp_replication_apply') && ++applies === 3) seen = await firstOf(instance.get)
        return execute(sql, params)
      },
      {
        config: {
          sources: { shop: { type: "postgres", url: { secret: "URL" } } },
          tables: [{ source: "shop", table: "watched", batchSize: 500 }],
        },
        secrets: { URL: parts.server.url },
      },
    )
    await instance.post("/replicate")
    const { progress, running } = seen
    expect(running).toBe(true)
    expect(progress).toMatchObject({ phase: "pull" })
    const { read, written, startedAt } = progress as Record<string, number | string>
    expect(read).toBeGreaterThan(0)
    expect(written).toBeGreaterThan(0)
    expect(Date.parse(String(startedAt))).toBeGreaterThan(Date.now() - 60_000)
    expect(await firstOf(instance.get)).toMatchObject({ progress: null, running: false })
  })

  it("shows a run that the database itself has under way", async () => {
    await fill("elsewhere", 5)
    const run = {
      table: "elsewhere",
      startedAt: 1000,
      read: 7,
      pages: 1,
      phase: "verify",
      estimate: undefined,
    } as const
    const { post, get } = parts.instance([{ table: "elsewhere" }], {
      live: async () => ({ isolate: "another", runs: [run], estimates: [], billed: [] }),
    })
    await post("/replicate")
    expect((await firstOf(get))["progress"]).toEqual({
      startedAt: "1970-01-01T00:00:01.000Z",
      phase: "verify",
      read: 7,
      pages: 1,
      written: 0,
      deleted: 0,
    })
  })

  it("counts the rows of a table that is as it was only once, and of a large one that changes not each time", async () => {
    await fill("counted", 12_000)
    const { post, get, object } = parts.instance([{ table: "counted" }])
    await post("/replicate")
    let counts = 0
    object.fault = (sql) => {
      if (sql.startsWith('SELECT count(*) FROM "counted"')) counts += 1
    }
    for (let time = 0; time < 3; time++) expect(await firstOf(get)).toMatchObject({ rows: 12_000 })
    expect(counts).toBe(1)
    await parts.client.query("DELETE FROM counted WHERE id = 1; INSERT INTO counted VALUES (20000, 'x'), (20001, 'y')")
    await post("/replicate")
    counts = 0
    expect(await firstOf(get)).toMatchObject({ rows: 12_000 })
    expect(counts).toBe(0)
  })

  it("is answered 304 while nothing has happened, whatever the time", async () => {
    await fill("still", 3)
    const { post, send } = parts.instance([{ table: "still", every: "1 hour" }])
    await post("/replicate")
    const first = await send("GET", "/replicate/status", "admin")
    const etag = String(first.headers.get("etag"))
    expect(etag).toMatch(/^W\/"[0-9a-f]{24}"$/)
    const ask = () => send("GET", "/replicate/status", "admin", undefined, { "if-none-match": etag })
    const again = await ask()
    expect([again.status, await again.text()]).toEqual([304, ""])
    await post("/replicate/still/pause")
    expect((await ask()).status).toBe(200)
  })

  it("tells what replication was billed for today, also what another isolate knows", async () => {
    await fill("dear", 3)
    const cost = { read: 5, written: 2 }
    const today = new Date().toISOString().slice(0, 10)
    const { post, get } = parts.instance([{ table: "dear" }], {
      cost,
      live: async () => ({
        isolate: "another",
        runs: [],
        estimates: [],
        billed: [
          { day: today, read: 0, written: 1_000_000 },
          { day: "2020-01-01", read: 0, written: 7_000_000 },
        ],
      }),
    })
    await post("/replicate")
    const { result } = await get("/replicate/status")
    const { day, rowsWritten } = result["billed"] as { readonly day: string; readonly rowsWritten: number }
    expect(day).toBe(today)
    expect(rowsWritten).toBeGreaterThan(1_000_000)
    expect(rowsWritten).toBeLessThan(2_000_000)
  })
})

describe("what was billed", () => {
  it("is stored once it is worth a write, and is known to whoever comes after", async () => {
    await fill("stored", 3)
    const instance = parts.instance([{ table: "stored" }], { cost: { read: 0, written: 400 } })
    await instance.post("/replicate")
    const [[written = 0] = []] = await instance.query("SELECT written FROM tmp_replication_billed")
    expect(Number(written)).toBeGreaterThanOrEqual(1000)
    const { result } = await parts.reopen(instance, [{ table: "stored" }]).get("/replicate/status")
    const { rowsWritten } = result["billed"] as { readonly rowsWritten: number }
    expect(rowsWritten).toBeGreaterThanOrEqual(Number(written))
  })
})

describe("the history", () => {
  it("tells what operators did, the newest first", async () => {
    await fill("steered", 3)
    const { post, get } = parts.instance([{ table: "steered" }])
    await post("/replicate")
    for (const path of ["pause", "resume", "refresh", "verify", "verify?repair=true", "reset"]) {
      expect((await post(`/replicate/steered/${path}`)).status).toBe(200)
    }
    await post("/replicate/unknown/pause")
    await post("/replicate/unknown/verify")
    const { result } = await get("/replicate/history?table=steered")
    const events = result["events"] as ReadonlyArray<Record<string, string>>
    expect(events.map(({ event }) => event)).toEqual(["reset", "repair", "verify", "refresh", "resume", "pause"])
    expect((await get("/replicate/history?limit=1")).result["events"]).toMatchObject([
      { table: "steered", event: "reset" },
    ])
  })
})

describe("what is wrong with single rows", () => {
  it("is told: rows set aside with their reason, and rows that differ", async () => {
    await parts.client.query(`
      CREATE TABLE odd (id int PRIMARY KEY, v text); INSERT INTO odd SELECT i, 'v' FROM generate_series(1, 5) i`)
    const { post, get, query } = parts.instance([{ table: "odd", deletes: "ignore" }])
    expect((await get("/replicate/rejects")).result["rejects"]).toEqual([])
    expect((await get("/replicate/differences")).result["differences"]).toEqual([])
    await post("/replicate")
    await query("INSERT INTO tmp_replication_rejects VALUES ('odd', '[\"7\"]', 'v', 'the text value is no text', 1000)")
    await query("UPDATE odd SET v = 'other' WHERE id = 2")
    await post("/replicate/odd/verify")
    expect((await get("/replicate/rejects?table=odd")).result["rejects"]).toEqual([
      { table: "odd", key: ["7"], column: "v", reason: "the text value is no text", at: "1970-01-01T00:00:01.000Z" },
    ])
    expect((await get("/replicate/differences?table=odd")).result["differences"]).toEqual([
      { table: "odd", key: ["2"], kind: "differs" },
    ])
    expect((await get("/replicate/rejects?table=else")).result["rejects"]).toEqual([])
    expect((await get("/replicate/rejects", "client")).status).toBe(403)
  })
})
