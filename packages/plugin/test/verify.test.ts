import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

describe("POST /replicate/:table/verify", () => {
  it("finds exactly the rows that differ, are missing or extra, and mends them on demand", async () => {
    await parts.client.query(`
      CREATE TABLE checked (id bigint PRIMARY KEY, f float8, b boolean, x bytea, n numeric, j jsonb, at timestamptz NOT NULL DEFAULT '2024-01-01');
      INSERT INTO checked SELECT i, i / 3.0, i % 2 = 0, decode(md5(i::text), 'hex'), i * 1.10, jsonb_build_object('i', i) FROM generate_series(1, 3000) i;
      INSERT INTO checked (id, f, n) VALUES (9223372036854775807, 'NaN', 'NaN'), (-5, '-Infinity', NULL);
      INSERT INTO checked (id, at) VALUES (0, now())`)
    const { post, get, query } = parts.instance([
      { table: "checked", cursor: "at", overlap: "0 seconds", deletes: "ignore" },
    ])
    await post("/replicate")
    const clean = await post("/replicate/checked/verify")
    expect(clean.result.tables).toMatchObject([
      { more: false, verification: { complete: true, checked: 3003, differing: 0, keys: [] } },
    ])
    const [before] = (await get("/replicate/status")).result.tables
    expect(before?.["verifiedAt"]).toEqual(expect.any(String))

    await query("UPDATE checked SET f = f + 1e-9 WHERE id = 7")
    await query("UPDATE checked SET x = x'00' WHERE id = 2999")
    await query("UPDATE checked SET b = NULL WHERE id = 1000")
    await query("DELETE FROM checked WHERE id IN (8, 9223372036854775807)")
    await query("INSERT INTO checked (id) VALUES (100000)")
    const found = await post("/replicate/checked/verify")
    const verification = found.result.tables[0]?.["verification"] as { keys: Array<object> }
    expect(verification).toMatchObject({ complete: true, differing: 6, repaired: 0 })
    expect(verification.keys).toHaveLength(6)
    expect(verification.keys).toEqual(
      expect.arrayContaining([
        { key: ["7"], kind: "differs" },
        { key: ["2999"], kind: "differs" },
        { key: ["1000"], kind: "differs" },
        { key: ["8"], kind: "missing" },
        { key: ["9223372036854775807"], kind: "missing" },
        { key: ["100000"], kind: "extra" },
      ]),
    )
    expect((await get("/replicate/status")).result.tables).toMatchObject([
      { differences: 6, verifiedAt: before?.["verifiedAt"] },
    ])
    expect((await post("/replicate/checked/verify?repair=true")).result.tables).toMatchObject([
      { verification: { complete: true, differing: 0, repaired: 6 }, deleted: 1 },
    ])
    expect((await post("/replicate/checked/verify")).result.tables).toMatchObject([{ verification: { differing: 0 } }])
  })

  it("does not take what changed in the meantime for a difference, and goes on over many runs", async () => {
    await parts.client.query(`
      CREATE TABLE busy (id text PRIMARY KEY, n int, at timestamptz NOT NULL DEFAULT now());
      INSERT INTO busy SELECT 'key ' || i, 0 FROM generate_series(1, 4000) i`)
    const tables = [{ table: "busy", cursor: "at", overlap: "0 seconds", batchSize: 500, deletes: "ignore" }]
    const instance = parts.instance(tables)
    await instance.post("/replicate")
    const short = parts.reopen(instance, tables, { runTime: "0 seconds" })
    let answer = await short.post("/replicate/busy/verify")
    let runs = 1
    while (answer.result.tables[0]?.["more"] === true) {
      await parts.client.query("UPDATE busy SET n = n + 1, at = now() WHERE id = ANY($1)", [
        [`key ${runs}`, `key ${4000 - runs}`],
      ])
      await parts.client.query("INSERT INTO busy VALUES ($1, 1)", [`new ${runs}`])
      answer = await short.post("/replicate/busy/verify")
      runs += 1
    }
    expect(runs).toBeGreaterThan(8)
    expect(answer.result.tables).toMatchObject([{ verification: { complete: true, differing: 0 } }])
  })

  it("is made by itself as often as the config says", async () => {
    await parts.client.query("CREATE TABLE watched (id int PRIMARY KEY); INSERT INTO watched VALUES (1)")
    const { post, query } = parts.instance([{ table: "watched", verify: "1 hour", deletes: "ignore" }])
    await post("/replicate")
    await query("INSERT INTO watched VALUES (2)")
    expect((await post("/replicate")).result.tables).toMatchObject([{ verification: { differing: 1 } }])
    expect((await post("/replicate")).result.tables[0]).not.toHaveProperty("verification")
  })
})
