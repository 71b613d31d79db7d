import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeInstance } from "./support/instance.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

describe("POST /replicate", () => {
  it("brings tables, and then what changed", async () => {
    await parts.client.query(`
      CREATE TABLE orders (id bigint PRIMARY KEY, status text, updated_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO orders SELECT i, 'new', '2024-01-01'::timestamptz + i * interval '1 microsecond' FROM generate_series(1, 2000) i;
      CREATE TABLE countries (code text PRIMARY KEY, name text);
      INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France')`)
    const { post, query, object } = parts.instance([
      { table: "public.orders", cursor: "updated_at", overlap: "0 seconds" },
      { table: "public.countries" },
    ])
    const first = await post("/replicate")
    expect(first.error).toBeUndefined()
    expect(first.status).toBe(200)
    expect(first.result.tables).toMatchObject([
      { table: "orders", read: 2000, written: 2000, unchanged: 0, deleted: 0, rejected: 0, more: false },
      { table: "countries", read: 2, written: 2, pages: 1 },
    ])
    expect(await query("SELECT id, status, updated_at FROM orders WHERE id IN (1, 2000) ORDER BY id")).toEqual([
      [1, "new", "2024-01-01T00:00:00.000001Z"],
      [2000, "new", "2024-01-01T00:00:00.002000Z"],
    ])
    await parts.client.query(`
      UPDATE orders SET status = 'paid', updated_at = now() WHERE id = 7;
      INSERT INTO orders VALUES (2001, 'new');
      UPDATE countries SET name = 'Deutschland' WHERE code = 'de'`)
    const second = await post("/replicate")
    expect(second.result.tables).toMatchObject([
      { table: "orders", read: 2, written: 2, unchanged: 0 },
      { table: "countries", read: 1, written: 1, unchanged: 0 },
    ])
    await post("/replicate")
    object.takeRowsWritten()
    const idle = await post("/replicate?due=true")
    expect(idle.result.tables).toEqual([])
    expect(object.takeRowsWritten()).toBe(0)
    // Asked for by hand, a run takes its table only where it has a question left.
    await parts.client.query("CREATE TABLE elsewhere (id int)")
    await post("/replicate")
    object.takeRowsWritten()
    for (const statement of ["SELECT 1", "DROP TABLE elsewhere"]) {
      await parts.client.query(statement)
      const quiet = await post("/replicate")
      expect(quiet.result.tables).toMatchObject([{ written: 0 }, { written: 0 }])
      expect(object.takeRowsWritten()).toBe(0)
    }
  })

  it("reads a table without a cursor to its end, across pages and runs", async () => {
    await parts.client.query(`
      CREATE TABLE big (a int, b text, filler text, PRIMARY KEY (a, b));
      INSERT INTO big SELECT i / 3, 'key ' || i % 3, repeat('x', 10) FROM generate_series(0, 5999) i`)
    const { post, get, query } = parts.instance([{ table: "big", batchSize: 500, deletes: "ignore" }], {
      runTime: "0 seconds",
    })
    let runs = 0
    let more = true
    while (more) {
      const { status, result } = await post("/replicate/big")
      expect(status).toBe(200)
      expect(result.tables[0]).toMatchObject({ pages: 1 })
      more = result.tables[0]?.["more"] === true
      runs += 1
      const [state] = (await get("/replicate/status")).result.tables
      expect(state).toMatchObject({ mode: "incremental", more, state: more ? "loading" : "ok" })
    }
    expect(runs).toBe(13)
    expect(await query("SELECT count(*), count(DISTINCT a) FROM big")).toEqual([[6000, 2000]])
  })

  it("loses no row at page edges inside equal cursor values, and brings rows without one", async () => {
    await parts.client.query(`
      CREATE TABLE ties (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamp, n int);
      INSERT INTO ties (at, n)
        SELECT CASE WHEN i % 5 = 0 THEN NULL ELSE '2024-01-01'::timestamp + i / 12 * interval '1 second' END, i
        FROM generate_series(1, 60) i`)
    for (const batchSize of [1, 2, 7, 1000]) {
      const { post, query } = parts.instance([{ table: "ties", cursor: "at", batchSize, overlap: "0 seconds" }])
      expect((await post("/replicate")).result.tables).toMatchObject([{ written: 60, more: false }])
      await parts.client.query(`
        INSERT INTO ties (at, n) SELECT '2025-01-01', i FROM generate_series(1000, 1010) i;
        INSERT INTO ties (at, n) VALUES (NULL, 2000)`)
      expect((await post("/replicate")).result.tables).toMatchObject([{ written: 12, more: false }])
      expect(await query("SELECT count(*), sum(n) FROM ties")).toEqual(
        (await parts.client.query({ text: "SELECT count(*)::int, sum(n)::int FROM ties", rowMode: "array" })).rows,
      )
      await parts.client.query("DELETE FROM ties WHERE n >= 1000")
    }
  })

  it("replicates only what is asked for: columns, conditions and types", async () => {
    await parts.client.query(`
      CREATE TABLE parts (id int PRIMARY KEY, kind text, price numeric, secret text);
      INSERT INTO parts VALUES (1, 'a', 1.50, 's'), (2, 'b', 2, 's'), (3, 'a', 0.1000000000000000000001, 's'), (4, NULL, 4, 's')`)
    const { post, get, query } = parts.instance([
      {
        table: "parts",
        into: "cheap",
        columns: ["id", "kind", "price"],
        as: { price: "real" },
        where: [{ column: "kind", op: "in", value: ["a", "c"] }],
      },
    ])
    expect((await post("/replicate/cheap")).result.tables).toMatchObject([{ read: 2, written: 1, rejected: 1 }])
    expect(await query("SELECT *, typeof(price) FROM cheap")).toEqual([[1, "a", 1.5, "real"]])
    expect(await query("SELECT name, key, column_name, reason FROM tmp_replication_rejects")).toEqual([
      ["cheap", '["3"]', "price", "the numeric value has no exact form as real"],
    ])
    expect((await get("/replicate/status")).result.tables).toMatchObject([{ table: "cheap", rows: 1, rejects: 1 }])
  })

  it("takes all tables of a schema but the ones left out", async () => {
    await parts.client.query(`
      CREATE SCHEMA stock;
      CREATE TABLE stock.items (id int PRIMARY KEY);
      CREATE TABLE stock."Odd ""name"" ünï" ("select" int PRIMARY KEY, "__proto__" text, "a b" text);
      CREATE TABLE stock.audit_log (id int PRIMARY KEY);
      CREATE TABLE stock.keyless (id int);
      CREATE TABLE stock.many (id int);
      INSERT INTO stock.keyless VALUES (1), (1);
      INSERT INTO stock.many VALUES (1), (1), (1);
      INSERT INTO stock.items VALUES (1);
      INSERT INTO stock."Odd ""name"" ünï" VALUES (1, 'proto', '''; DROP TABLE x; --')`)
    const { get, post, query } = parts.instance([{ table: "stock.*", except: ["stock.audit_log"], whole: { rows: 2 } }])
    const { status, error, result } = await post("/replicate")
    expect(status).toBe(200)
    expect(error).toBeUndefined()
    const byName = new Map(result.tables.map((table) => [table["table"], table]))
    expect([...byName.keys()].toSorted()).toEqual(['Odd "name" ünï', "items", "keyless", "many"])
    expect(byName.get("keyless")).toMatchObject({ read: 2, written: 2 })
    expect(byName.get("many")).toMatchObject({
      error: {
        code: "refused",
        message: expect.stringMatching(/^stock\.many is left out: stock\.many has more than 2 rows, and has no key/),
        hint: expect.stringMatching(/ALTER TABLE "stock"\."many" ADD COLUMN "id_2".*"except": \["stock\.many"\]/),
      },
    })
    const { tables } = (await get("/replicate/status")).result
    expect(tables.find(({ table }) => table === "many")).toMatchObject({
      state: "refused",
      error: { code: "too-large" },
    })
    expect(await query(`SELECT "select", "__proto__", "a b" FROM "Odd ""name"" ünï"`)).toEqual([
      [1, "proto", "'; DROP TABLE x; --"],
    ])
    expect((await post("/replicate/items")).result.tables).toMatchObject([{ table: "items", read: 0, more: false }])
  })

  it("takes a Hyperdrive binding for the connection string that it holds", async () => {
    await parts.client.query("CREATE TABLE bound (id int PRIMARY KEY); INSERT INTO bound VALUES (1)")
    const secrets = { SHOP_URL: { connectionString: parts.server.url } }
    const { post } = parts.instance([{ table: "bound" }], { secrets })
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 1 }])
  })

  it("pulls the instance's own external database when the config has no sources", async () => {
    await parts.client.query(
      "CREATE TABLE external_items (id int PRIMARY KEY); INSERT INTO external_items VALUES (1), (2)",
    )
    const config = { tables: [{ source: "external", table: "external_items" }] }
    const { host, port, user, password, database, url } = parts.server
    for (const external of [
      { dialect: "postgresql", connectionString: url },
      { dialect: "postgresql", host, port: String(port), user, password, database, defaultSchema: "public" },
    ]) {
      const { post } = makeInstance(parts.objects.object().execute, { config, external })
      expect((await post("/replicate")).result).toMatchObject({ tables: [{ table: "external_items", written: 2 }] })
    }
  })
})
