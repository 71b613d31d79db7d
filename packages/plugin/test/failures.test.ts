import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeInstance } from "./support/instance.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

describe("what goes wrong", () => {
  it("is answered 403 to anybody but an admin", async () => {
    const { post, get } = parts.instance([{ table: "orders" }])
    for (const answer of [
      await post("/replicate", "client"),
      await post("/replicate/orders", "client"),
      await post("/replicate/orders/reset", "client"),
      await get("/replicate/status", "client"),
    ]) {
      expect(answer).toMatchObject({ status: 403, error: "Replication is for the admin token only." })
    }
  })

  it("is answered 404, with the nearest name, for a table that is not replicated", async () => {
    const { post } = parts.instance([{ table: "orders" }])
    expect(await post("/replicate/ordres")).toMatchObject({
      status: 404,
      error: 'no table "ordres" is replicated here; did you mean "orders"?',
    })
  })

  it("lists every problem of the config, and of the config against the source", async () => {
    const wrong = parts.instance([{ table: "orders", cursr: "x" }, { table: 5 }])
    const answer = await wrong.post("/replicate")
    expect(answer.status).toBe(400)
    expect(answer.error?.split("\n")).toEqual([
      'tables[0].cursr: is not known here; did you mean "cursor"?',
      "tables[1].table: expected string",
    ])
    expect((await wrong.get("/replicate/status")).error).toBe(answer.error)

    await parts.client.query("CREATE TABLE typo (id int PRIMARY KEY, updated_at timestamptz)")
    const { post } = parts.instance([{ table: "typo", cursor: "updatedat" }, { table: "tpyo" }])
    const { status, result } = await post("/replicate")
    expect(status).toBe(207)
    expect(result.tables.map(({ error }) => error)).toMatchObject([
      {
        code: "invalid-config",
        message: 'tables[0].cursor: no column "updatedat" in public.typo; did you mean "updated_at"?',
      },
      { code: "table-missing", message: 'tables[1].table: no table tpyo at the source; did you mean "public.typo"?' },
    ])
  })

  it("is noted where a source is down, without its secrets, and stops no other source", async () => {
    await parts.client.query("CREATE TABLE alive (id int PRIMARY KEY)")
    const { url, password } = parts.server
    const object = parts.objects.object()
    const wrongUrl = new URL(url)
    wrongUrl.password = "swordfish"
    const { post, get } = makeInstance(object.execute, {
      secrets: {
        SHOP_URL: url,
        DOWN_URL: "postgres://someone:hunter2@127.0.0.1:1/db",
        WRONG_URL: wrongUrl.href,
      },
      config: {
        sources: {
          shop: { type: "postgres", url: { secret: "SHOP_URL" } },
          down: { type: "postgres", url: { secret: "DOWN_URL" } },
          wrong: { type: "postgres", url: { secret: "WRONG_URL" } },
        },
        tables: [
          { source: "down", table: "a" },
          { source: "shop", table: "alive" },
          { source: "wrong", table: "b" },
        ],
      },
    })
    const answers = [await post("/replicate"), await post("/replicate"), await get("/replicate/status")]
    const [first, , status] = answers
    expect(first?.status).toBe(207)
    const byName = new Map(first?.result.tables.map((table) => [table["table"], table]))
    expect(byName.get("a")).toMatchObject({ error: { code: "unreachable", retryable: true, source: "down" } })
    expect(byName.get("alive")?.["error"]).toBeUndefined()
    expect(byName.get("b")).toMatchObject({ error: { code: "unauthorized", retryable: false, source: "wrong" } })
    expect(status?.result.tables.find(({ table }) => table === "a")).toMatchObject({
      state: "failing",
      failures: 2,
      error: { code: "unreachable", hint: expect.stringContaining("reachable") },
    })
    const everything = JSON.stringify([
      answers,
      await object.execute("SELECT * FROM tmp_replication_tables", []),
      await object.execute("SELECT * FROM tmp_replication_history", []),
    ])
    for (const secret of ["hunter2", "swordfish", password, encodeURIComponent(password)]) {
      expect(everything).not.toContain(secret)
    }
  })

  it("is refused with a reason where SQLite could not tell rows, columns or tables apart", async () => {
    await parts.client.query(`
      CREATE TABLE twins (id int PRIMARY KEY, "Name" text, name text);
      CREATE TABLE wide (id int PRIMARY KEY, ${Array.from({ length: 100 }, (_, i) => `c${i} int`).join(", ")});
      CREATE TABLE mine (id int PRIMARY KEY)`)
    const { post, query } = parts.instance([{ table: "twins" }, { table: "wide" }, { table: "mine" }])
    await query("CREATE TABLE mine (something TEXT)")
    const { result } = await post("/replicate")
    expect(result.tables.map(({ error }) => error)).toMatchObject([
      { message: expect.stringMatching(/"Name" and "name" differ only in case/) },
      { message: expect.stringMatching(/101 columns.*at most 100.*columns/) },
      { code: "table-not-ours", hint: expect.stringContaining("adopt: true") },
    ])
    expect(await query("SELECT sql FROM sqlite_master WHERE name = 'mine'")).toEqual([
      ["CREATE TABLE mine (something TEXT)"],
    ])
  })

  it("is that a table runs already: 409, at once", async () => {
    await parts.client.query("CREATE TABLE slow (id int PRIMARY KEY); INSERT INTO slow VALUES (1)")
    const locker = new pg.Client(parts.server.url)
    await locker.connect()
    await locker.query("BEGIN; LOCK TABLE slow IN ACCESS EXCLUSIVE MODE")
    const { post, get, query } = parts.instance([{ table: "slow" }])
    const first = post("/replicate/slow")
    const isRunning = async () => (await get("/replicate/status")).result.tables[0]?.["running"] === true
    await expect.poll(isRunning, { timeout: 20_000 }).toBe(true)
    expect(await post("/replicate/slow")).toMatchObject({ status: 409 })
    await locker.query("COMMIT")
    await locker.end()
    expect(await first).toMatchObject({ status: 200, result: { tables: [{ written: 1 }] } })
    expect(await post("/replicate/slow")).toMatchObject({ status: 200 })
    expect(await query("SELECT lease_until FROM tmp_replication_tables")).toEqual([[0]])
  })
})
