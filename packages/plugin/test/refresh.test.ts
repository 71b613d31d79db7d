import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

describe("a refresh", () => {
  it("shows readers the old complete table or the new one, over many runs", async () => {
    await parts.client.query(`
      CREATE TABLE prices (id int PRIMARY KEY, price int, at timestamptz NOT NULL DEFAULT now());
      INSERT INTO prices SELECT i, 1 FROM generate_series(1, 3000) i`)
    const tables = [{ table: "prices", cursor: "at", batchSize: 250 }]
    const instance = parts.instance(tables)
    await instance.post("/replicate")
    await instance.query("CREATE INDEX by_price ON prices (price)")
    // Without a newer timestamp, no tail can see this.
    await parts.client.query("UPDATE prices SET price = 2; DELETE FROM prices WHERE id > 2900")

    const seen = new Set<string>()
    let reading = true
    const reader = (async () => {
      while (reading)
        seen.add(JSON.stringify(await instance.query("SELECT count(*), min(price), max(price) FROM prices")))
    })()
    const short = parts.reopen(instance, tables, { runTime: "0 seconds" })
    let answer = await short.post("/replicate/prices/refresh")
    expect(answer.result.tables).toMatchObject([{ more: true, pages: 1 }])
    expect((await short.get("/replicate/status")).result.tables).toMatchObject([{ rebuilding: true, rows: 3000 }])
    while (answer.result.tables[0]?.["more"] === true) answer = await short.post("/replicate/prices")
    reading = false
    await reader
    expect([...seen].toSorted()).toEqual(expect.arrayContaining(["[[3000,1,1]]"]))
    expect([...seen].filter((state) => state !== "[[3000,1,1]]" && state !== "[[2900,2,2]]")).toEqual([])
    expect(await instance.query("SELECT count(*), min(price) FROM prices")).toEqual([[2900, 2]])
    expect(await instance.query("SELECT name FROM sqlite_master WHERE name = 'by_price'")).toEqual([["by_price"]])
    await parts.client.query("INSERT INTO prices VALUES (9999, 3)")
    expect((await instance.post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
  })

  it("is what each run of mode full is", async () => {
    await parts.client.query(
      "CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small SELECT generate_series(1, 100)",
    )
    const { get, post, query } = parts.instance([{ table: "small", mode: "full" }])
    await post("/replicate")
    await parts.client.query("TRUNCATE small; INSERT INTO small VALUES (1000)")
    expect((await post("/replicate")).result.tables).toMatchObject([{ read: 1, more: false }])
    expect(await query("SELECT * FROM small")).toEqual([[1000]])
    expect((await get("/replicate/status")).result.tables).toMatchObject([{ mode: "full", state: "ok" }])
  })

  it("leaves the old table where the source fails on the way", async () => {
    await parts.client.query("CREATE TABLE fragile (id int PRIMARY KEY); INSERT INTO fragile VALUES (1)")
    const { post, query } = parts.instance([{ table: "fragile" }])
    await post("/replicate")
    await parts.client.query("ALTER TABLE fragile RENAME TO elsewhere")
    expect((await post("/replicate/fragile/refresh")).result.tables).toMatchObject([
      { error: { code: "table-missing" } },
    ])
    expect(await query("SELECT * FROM fragile")).toEqual([[1]])
  })
})

describe("when the table changes at the source", () => {
  it("follow: columns are added and filled, dropped ones stay and are NULL, types and keys change", async () => {
    await parts.client.query(`
      CREATE TABLE drift (id int PRIMARY KEY, old text, n int);
      INSERT INTO drift SELECT i, 'old', i FROM generate_series(1, 100) i`)
    const { post, get, query } = parts.instance([{ table: "drift" }])
    await post("/replicate")
    await parts.client.query("ALTER TABLE drift ADD COLUMN name text DEFAULT 'filled', DROP COLUMN old")
    expect((await post("/replicate")).status).toBe(200)
    expect(await query("SELECT count(*), count(name), count(old), min(name) FROM drift")).toEqual([
      [100, 100, 0, "filled"],
    ])
    const [state] = (await get("/replicate/status")).result.tables
    expect(state).toMatchObject({ drift: { changes: ['column "name" added', 'column "old" dropped'] } })

    await parts.client.query("ALTER TABLE drift ALTER COLUMN n TYPE text USING 'n' || n, ALTER COLUMN id TYPE bigint")
    expect((await post("/replicate")).status).toBe(200)
    expect(await query("SELECT n, typeof(n), typeof(id) FROM drift WHERE id = 7")).toEqual([["n7", "text", "integer"]])

    await parts.client.query(`
      ALTER TABLE drift DROP CONSTRAINT drift_pkey, ADD PRIMARY KEY (id, name);
      INSERT INTO drift VALUES (7, 'n7', 'second')`)
    expect((await post("/replicate")).status).toBe(200)
    expect(await query("SELECT count(*), count(DISTINCT id) FROM drift")).toEqual([[101, 100]])
  })

  it("freeze: the replica goes on with the columns that it has", async () => {
    await parts.client.query(
      "CREATE TABLE frozen (id int PRIMARY KEY, name text); INSERT INTO frozen VALUES (1, 'one')",
    )
    const instance = parts.instance([{ table: "frozen", drift: "freeze" }])
    const { post, query } = instance
    const drift = async ({ get }: typeof instance) => (await get("/replicate/status")).result.tables[0]?.["drift"]
    await post("/replicate")
    expect(await drift(instance)).toBeNull()
    await parts.client.query("ALTER TABLE frozen ADD COLUMN more text; INSERT INTO frozen VALUES (2, 'two', 'x')")
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
    for (let i = 0; i < 2; i++) {
      expect(await drift(instance)).toMatchObject({ changes: ['column "more" added'] })
      await post("/replicate")
    }
    expect(await query("SELECT * FROM frozen")).toEqual([
      [1, "one"],
      [2, "two"],
    ])
    expect((await post("/replicate/frozen/refresh")).status).toBe(200)
    expect(await query("SELECT * FROM frozen")).toEqual([
      [1, "one", null],
      [2, "two", "x"],
    ])
  })

  it("fail: nothing moves until an operator refreshes", async () => {
    await parts.client.query("CREATE TABLE strict (id int PRIMARY KEY); INSERT INTO strict VALUES (1)")
    const { post, query } = parts.instance([{ table: "strict", drift: "fail" }])
    await post("/replicate")
    await parts.client.query("ALTER TABLE strict ADD COLUMN name text DEFAULT 'x'")
    expect((await post("/replicate")).result.tables).toMatchObject([
      {
        error: {
          code: "schema-changed",
          action: "refresh",
          hint: expect.stringContaining("POST /replicate/strict/refresh builds it anew."),
        },
      },
    ])
    expect(await query("SELECT * FROM strict")).toEqual([[1]])
    expect((await post("/replicate/strict/refresh")).status).toBe(200)
    expect(await query("SELECT * FROM strict")).toEqual([[1, "x"]])
  })

  it("a reset forgets it all", async () => {
    await parts.client.query("CREATE TABLE forgotten (id int PRIMARY KEY); INSERT INTO forgotten VALUES (1)")
    const { post, query } = parts.instance([{ table: "forgotten" }])
    await post("/replicate")
    expect(await post("/replicate/forgotten/reset")).toMatchObject({ status: 200, result: { reset: "forgotten" } })
    expect(await query("SELECT name FROM sqlite_master WHERE name = 'forgotten'")).toEqual([])
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
  })
})

it.each([
  ["a refresh", {}, "/replicate/loose/refresh"],
  ["each run", { mode: "full" }, "/replicate/loose"],
])("a table without a key that %s builds anew has the indexes that the config lists", async (_, more, path) => {
  await parts.client.query(
    "DROP TABLE IF EXISTS loose; CREATE TABLE loose (a int, b text); INSERT INTO loose SELECT n, 'b' FROM generate_series(1, 20) n",
  )
  const instance = parts.instance([{ table: "loose", indexes: [["a"]], ...more }])
  const indexed = () => instance.query("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'loose'")
  expect(await instance.post("/replicate")).toMatchObject({ status: 200 })
  for (let round = 0; round < 2; round += 1) {
    await parts.client.query("UPDATE loose SET b = b || '!'")
    const answer = await instance.post(path)
    expect([answer.status, answer.result.tables]).toMatchObject([200, [{ table: "loose", read: 20, more: false }]])
    expect(await indexed()).toEqual([[1]])
    expect(await instance.query("SELECT min(b), count(*) FROM loose")).toEqual([["b!".padEnd(2 + round, "!"), 20]])
  }
})
