import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

const keys = [
  ["integer", "bigint", "i"],
  ["text", "text", "'Key ' || i"],
  ["uuid", "uuid", "md5(i::text)::uuid"],
  ["bytea", "bytea", "decode(md5(i::text), 'hex')"],
  ["timestamptz", "timestamptz", "'2024-01-01'::timestamptz + i * interval '1 microsecond'"],
  ["numeric", "numeric", "i * 1.10"],
  ["float8", "float8", "i * 1e17"],
  ["boolean and integer", "boolean, k2 int", "i % 2 = 0, i"],
] as const

describe("rows that are gone at the source", () => {
  it.each(keys)("leave the replica, with a key of %s", async (name, type, value) => {
    const table = `gone_${name.replaceAll(/\W/g, "_")}`
    const key = type.includes("k2") ? "k, k2" : "k"
    await parts.client.query(`
      CREATE TABLE ${table} (k ${type}, n int, PRIMARY KEY (${key}));
      INSERT INTO ${table} SELECT ${value}, i FROM generate_series(1, 2500) i`)
    const { post, query } = parts.instance([{ table, deletes: { reconcile: "0 seconds" } }])
    await post("/replicate")
    await parts.client.query(`DELETE FROM ${table} WHERE n % 100 = 7`)
    expect((await post("/replicate")).result.tables).toMatchObject([{ deleted: 25, more: false }])
    expect(await query(`SELECT count(*), sum(n % 100 = 7) FROM ${table}`)).toEqual([[2475, 0]])
    expect(await query("SELECT * FROM tmp_replication_suspects")).toEqual([])
    expect((await post("/replicate")).result.tables).toMatchObject([{ deleted: 0, written: 0 }])
  })

  it("leave it once their key is another, and once they no longer meet the condition", async () => {
    await parts.client.query(`
      CREATE TABLE moved (id int PRIMARY KEY, kind text);
      INSERT INTO moved SELECT i, 'a' FROM generate_series(1, 10) i`)
    const where = [{ column: "kind", op: "eq", value: "a" }]
    const { post, query } = parts.instance([{ table: "moved", where, deletes: { reconcile: "0 seconds" } }])
    await post("/replicate")
    await parts.client.query("UPDATE moved SET id = 100 WHERE id = 1; UPDATE moved SET kind = 'b' WHERE id = 2")
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1, deleted: 2 }])
    expect(await query("SELECT group_concat(id) FROM moved")).toEqual([["3,4,5,6,7,8,9,10,100"]])
  })

  it("are looked for only as often as the config says, over as many runs as it takes", async () => {
    await parts.client.query(`
      CREATE TABLE slowly (id bytea PRIMARY KEY);
      INSERT INTO slowly SELECT i::text::bytea FROM generate_series(1, 5000) i`)
    const object = parts.instance([{ table: "slowly", deletes: { reconcile: "1 hour" } }])
    await object.post("/replicate")
    await object.post("/replicate")
    await parts.client.query("DELETE FROM slowly WHERE id = '1234'")
    expect((await object.post("/replicate")).result.tables).toMatchObject([{ deleted: 0 }])
    await object.query("UPDATE tmp_replication_tables SET reconciled_at = 0")
    const short = parts.reopen(object, [{ table: "slowly", deletes: { reconcile: "1 hour" } }], {
      runTime: "0 seconds",
    })
    let runs = 0
    let deleted = 0
    for (let more = true; more; runs++) {
      const [result] = (await short.post("/replicate")).result.tables
      deleted += Number(result?.["deleted"])
      more = result?.["more"] === true
    }
    expect(deleted).toBe(1)
    expect(runs).toBeGreaterThan(5)
  })

  it("stay where there are too many of them, until an operator confirms", async () => {
    await parts.client.query(`
      CREATE TABLE guarded (id int PRIMARY KEY, n int);
      INSERT INTO guarded SELECT i FROM generate_series(1, 300) i`)
    const { post, get, query, metrics } = parts.instance([{ table: "guarded", deletes: { reconcile: "0 seconds" } }])
    await post("/replicate")
    expect(await post("/replicate/guarded/confirm")).toMatchObject({ status: 404 })
    await parts.client.query("TRUNCATE guarded; INSERT INTO guarded VALUES (7, 1)")
    for (let i = 0; i < 2; i++) {
      const { status, result } = await post("/replicate/guarded")
      expect(status).toBe(207)
      expect(result.tables).toMatchObject([
        { deleted: 0, error: { code: "delete-guard", message: expect.stringContaining("299 of 300") } },
      ])
    }
    expect(await query("SELECT count(*), max(n) FROM guarded")).toEqual([[300, 1]])
    expect((await get("/replicate/status")).result.tables).toMatchObject([
      {
        state: "waiting",
        nextRunAt: expect.any(String),
        guard: { by: "reconcile", rows: 300, suspects: 299, confirmed: false },
        error: { action: "confirm", hint: expect.stringContaining("POST /replicate/guarded/confirm allows it.") },
      },
    ])
    expect(await metrics()).toContain('starbase_replication_up{table="guarded",source="shop"} 0')
    expect(await post("/replicate/guarded/confirm")).toMatchObject({ status: 200 })
    expect((await get("/replicate/status")).result.tables).toMatchObject([{ guard: { confirmed: true } }])
    // A row that came back in the meantime is asked for again, and stays.
    await parts.client.query("INSERT INTO guarded VALUES (8, 2)")
    expect((await post("/replicate/guarded")).result.tables).toMatchObject([{ deleted: 298 }])
    expect((await get("/replicate/status")).result.tables).toMatchObject([{ state: "ok", guard: null }])
    expect(await query("SELECT id, n FROM guarded")).toEqual([
      [7, 1],
      [8, 2],
    ])
  })

  it("stay where the source fails, or the table or the permission is gone", async () => {
    const { name, query: source, user } = await parts.database("proof")
    await source(`
      CREATE TABLE kept (id int PRIMARY KEY);
      INSERT INTO kept SELECT i FROM generate_series(1, 50) i;
      GRANT SELECT ON kept TO ${user}`)
    const { post, query } = parts.instance([{ table: "kept", deletes: { reconcile: "0 seconds" } }], {
      secrets: { SHOP_URL: parts.urlOf(name, user) },
    })
    await post("/replicate")
    await source(`REVOKE SELECT ON kept FROM ${user}`)
    expect((await post("/replicate")).result.tables).toMatchObject([{ deleted: 0, error: { code: "forbidden" } }])
    await source("DROP TABLE kept")
    expect((await post("/replicate")).result.tables).toMatchObject([{ deleted: 0, error: { code: "table-missing" } }])
    expect(await query("SELECT count(*) FROM kept")).toEqual([[50]])
  })

  it("are told by a column that marks them", async () => {
    await parts.client.query(`
      CREATE TABLE soft (id int PRIMARY KEY, at timestamptz DEFAULT now(), deleted_at timestamptz, is_gone boolean);
      INSERT INTO soft (id) SELECT i FROM generate_series(1, 5) i`)
    const by = (column: string) => ({
      table: "soft",
      into: column,
      cursor: "at",
      overlap: "0 seconds",
      deletes: { softDelete: column },
    })
    const { post, query } = parts.instance([by("deleted_at"), by("is_gone")])
    await post("/replicate")
    await parts.client.query(`
      UPDATE soft SET deleted_at = now(), at = now() WHERE id = 1;
      UPDATE soft SET is_gone = true, at = now() WHERE id = 2;
      UPDATE soft SET is_gone = false, at = now() WHERE id = 3`)
    expect((await post("/replicate")).result.tables).toMatchObject([{ deleted: 1 }, { deleted: 1 }])
    expect(await query("SELECT group_concat(id) FROM deleted_at")).toEqual([["2,3,4,5"]])
    expect(await query("SELECT group_concat(id) FROM is_gone")).toEqual([["1,3,4,5"]])
    await parts.client.query("UPDATE soft SET deleted_at = NULL, at = now() WHERE id = 1")
    await post("/replicate")
    expect(await query("SELECT group_concat(id) FROM deleted_at")).toEqual([["1,2,3,4,5"]])
  })
})
