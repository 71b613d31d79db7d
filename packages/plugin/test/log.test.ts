import pg from "pg"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

const log = { slot: "edge", publication: "edge" }
const tables = [{ table: "orders" }, { table: "customers" }]

let parts: Parts
beforeAll(async () => {
  parts = await startParts({ wal_level: "logical", synchronous_commit: "on" })
})
afterAll(() => parts.stop())

beforeEach(async () => {
  await parts.client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
     DROP PUBLICATION IF EXISTS edge; DROP TABLE IF EXISTS orders, customers CASCADE;
     CREATE TABLE customers (id int PRIMARY KEY, name text, balance int NOT NULL DEFAULT 0);
     CREATE TABLE orders (id int PRIMARY KEY, customer int, amount int NOT NULL, note text);
     ALTER TABLE orders ALTER note SET STORAGE EXTERNAL;
     INSERT INTO customers SELECT n, 'c' || n, 100 FROM generate_series(1, 20) n;
     INSERT INTO orders SELECT n, 1 + n % 20, n, repeat('x', 3000) FROM generate_series(1, 50) n;
     CREATE PUBLICATION edge FOR TABLE orders, customers`.replaceAll(/\s+/g, " "),
  )
})

const load = async (more: object = {}): Promise<Instance> => {
  const instance = parts.instance(tables, { log, ...more })
  await pull(instance)
  return instance
}

const same = async (instance: Instance, names = ["orders", "customers"]) => {
  for (const name of names) {
    const { rows } = await parts.client.query({ text: `SELECT * FROM ${name} ORDER BY id`, rowMode: "array" })
    expect(await instance.query(`SELECT * FROM ${name} ORDER BY id`)).toEqual(rows)
  }
}

type Pulled = Record<string, unknown>

/** Pulls until nothing is left, and adds up what the tables' runs did. */
const pull = async (instance: Instance, before: ReadonlyArray<Pulled> = []): Promise<ReadonlyArray<Pulled>> => {
  const answer = await instance.post("/replicate")
  expect(answer.result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
  expect(answer).toMatchObject({ status: 200 })
  const tables = answer.result.tables.map((now) => {
    const then = before.find(({ table }) => table === now.table)
    const sum = (name: string) => Number(now[name]) + Number(then?.[name] ?? 0)
    return { ...now, ...Object.fromEntries(["pages", "read", "written", "deleted"].map((name) => [name, sum(name)])) }
  })
  // What was written last may not be safely in the log yet, and a load is only whole past it.
  return tables.some(({ more }) => more === true) ? pull(instance, tables) : tables
}

describe("a source whose log is followed", () => {
  it("loads its tables, and brings inserts, updates, deletes and new keys by the log", async () => {
    const instance = await load()
    await same(instance)
    await parts.client.query(
      `BEGIN; INSERT INTO customers VALUES (100, 'new', 1); UPDATE orders SET amount = 7 WHERE id = 1;
       DELETE FROM orders WHERE id = 2; UPDATE orders SET id = 1000 WHERE id = 3; COMMIT`,
    )
    expect(await pull(instance)).toMatchObject([
      { table: "orders", read: 3, written: 2, deleted: 2 },
      { table: "customers", read: 1, written: 1 },
    ])
    await same(instance)
    expect(await pull(instance)).toMatchObject([
      { table: "orders", read: 0, written: 0 },
      { table: "customers", read: 0, written: 0 },
    ])
  })

  it("empties a table that is truncated, and fills it again within the same transaction", async () => {
    const instance = await load()
    await parts.client.query(`BEGIN; TRUNCATE orders; INSERT INTO orders VALUES (5, 1, 2, 'again'); COMMIT`)
    await pull(instance)
    await same(instance)
    expect(await instance.query("SELECT count(*) FROM orders")).toEqual([[1]])
  })

  it("keeps what an update did not tell, and finds each kind of identity", async () => {
    const instance = await load()
    await parts.client.query("UPDATE orders SET amount = 1; UPDATE orders SET id = id + 5000 WHERE id % 2 = 0")
    await pull(instance)
    await same(instance)
    await parts.client.query(
      "ALTER TABLE orders REPLICA IDENTITY FULL; UPDATE orders SET amount = 2; DELETE FROM orders WHERE id < 20",
    )
    await pull(instance)
    await same(instance)
  })

  it("tells in the status by what its tables are found, and how the source keeps its log", async () => {
    const instance = await load()
    const status = await instance.get("/replicate/status")
    expect(status.result).toMatchObject({
      tables: [
        { table: "customers", state: "ok", changes: { by: "log" }, lagSeconds: expect.any(Number) },
        { table: "orders", state: "ok", changes: { by: "log" } },
      ],
      sources: [
        {
          source: "shop",
          log: {
            slot: "edge",
            position: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
            torn: false,
            keeping: "reserved",
            level: "ok",
            hint: null,
          },
        },
      ],
    })
    expect(await instance.metrics()).toMatch(/starbase_replication_log_held_bytes\{source="shop"\} \d+/)
  })

  it("serves by what it has without the log what the log does not tell, and says why", async () => {
    await parts.client.query(
      "CREATE VIEW big_orders AS SELECT * FROM orders WHERE amount > 10; CREATE TABLE plain (id int PRIMARY KEY, v int); INSERT INTO plain VALUES (1, 1)",
    )
    const instance = parts.instance([...tables, { table: "plain" }, { table: "big_orders", key: ["id"] }], { log })
    await pull(instance)
    await parts.client.query("UPDATE plain SET v = 2; UPDATE orders SET amount = amount + 1")
    await pull(instance)
    await same(instance, ["orders", "customers", "plain", "big_orders"])
    const status = await instance.get("/replicate/status")
    expect(status.result.tables).toMatchObject([
      {
        table: "big_orders",
        changes: { by: expect.not.stringContaining("log"), why: expect.stringContaining("is a view") },
      },
      { changes: { by: "log" } },
      { changes: { by: "log" } },
      { table: "plain", changes: { by: "snapshot", why: expect.stringContaining("is not in the publication") } },
    ])
    const check = await instance.get("/replicate/check")
    expect(check).toMatchObject({ status: 200 })
    expect(check.result.tables).toMatchObject([
      { changes: { by: "log" } },
      { changes: { by: "log" } },
      { changes: { by: "snapshot" } },
      { changes: { why: expect.stringContaining("is a view") } },
    ])
    await parts.client.query("DROP TABLE plain; DROP VIEW big_orders")
  })

  it.each([
    ["dropped", "SELECT pg_drop_replication_slot('edge')"],
    [
      "read by somebody else",
      "SELECT count(*) FROM pg_logical_slot_get_binary_changes('edge', NULL, NULL, 'proto_version', '1', 'publication_names', 'edge')",
    ],
  ])("heals by itself where its slot was %s", async (_what, sql) => {
    const instance = await load()
    await parts.client.query("UPDATE orders SET amount = -1 WHERE id = 1; DELETE FROM customers WHERE id = 1")
    await parts.client.query(sql)
    await parts.client.query("INSERT INTO customers VALUES (500, 'later', 0)")
    await pull(instance)
    await same(instance)
    await parts.client.query("UPDATE customers SET name = 'x' WHERE id = 500")
    expect(await pull(instance)).toMatchObject([{ read: 0 }, { table: "customers", read: 1 }])
    await same(instance)
  })

  it("loses nothing where a table falls out of the publication and comes back", async () => {
    const instance = await load()
    await parts.client.query(
      "ALTER PUBLICATION edge DROP TABLE orders; UPDATE orders SET amount = 99; ALTER PUBLICATION edge ADD TABLE orders",
    )
    await pull(instance)
    await same(instance)
    await parts.client.query(
      "ALTER PUBLICATION edge DROP TABLE orders; UPDATE orders SET amount = 98; DELETE FROM orders WHERE id < 5",
    )
    await pull(instance)
    await parts.client.query("ALTER PUBLICATION edge ADD TABLE orders; UPDATE orders SET amount = 97 WHERE id = 10")
    await pull(instance)
    await same(instance)
  })

  it("does not let what the log still tells of a table that had been out of it undo what was changed meanwhile", async () => {
    const instance = parts.instance(tables, { log, document: { budget: { time: "1 millis" } } })
    await pull(instance)
    for (let id = 1; id <= 20; id += 1) await parts.client.query(`UPDATE orders SET amount = 98 WHERE id = ${id}`)
    await parts.client.query(
      "ALTER PUBLICATION edge DROP TABLE orders; UPDATE orders SET amount = 99; ALTER PUBLICATION edge ADD TABLE orders",
    )
    await pull(instance)
    await same(instance)
  })

  it("meets a publication that is missing, and goes on once it is back without a loss", async () => {
    const instance = await load()
    await parts.client.query("DROP PUBLICATION edge; UPDATE orders SET amount = 55")
    const failed = await instance.post("/replicate")
    expect(failed.result.tables).toMatchObject([
      { error: { code: "log-unusable", hint: expect.stringContaining("CREATE PUBLICATION") } },
      { error: { code: "log-unusable" } },
    ])
    await parts.client.query("CREATE PUBLICATION edge FOR TABLE orders, customers")
    await pull(instance)
    await same(instance)
  })

  it("meets columns that were added with a default, and columns of another type, of which the log tells nothing", async () => {
    const instance = await load()
    await parts.client.query(
      "UPDATE orders SET amount = 3 WHERE id = 1; ALTER TABLE orders ADD COLUMN extra int DEFAULT 7; UPDATE orders SET amount = 4 WHERE id = 2",
    )
    await pull(instance)
    await pull(instance)
    await same(instance)
    await parts.client.query(
      "UPDATE orders SET amount = 5 WHERE id = 3; ALTER TABLE orders ALTER extra TYPE text USING 'e' || extra; UPDATE orders SET extra = 'f' WHERE id = 4",
    )
    await pull(instance)
    await pull(instance)
    await same(instance)
    expect(await instance.query("SELECT count(*) FROM orders WHERE extra = 'e7'")).toEqual([[49]])
  })

  it("leaves a paused table alone, lets the source go of its log, and brings all once it goes on", async () => {
    const instance = await load({ log: { ...log, every: "1 second" } })
    for (const { table } of tables) await instance.post(`/replicate/${table}/pause`)
    await parts.client.query("UPDATE orders SET amount = 8; DELETE FROM orders WHERE id = 9")
    const [{ end }] = (await parts.client.query("SELECT pg_current_wal_insert_lsn() AS end")).rows
    const isPast = async () => {
      await instance.post("/replicate?due=true")
      const { rows } = await parts.client.query("SELECT confirmed_flush_lsn >= $1 AS past FROM pg_replication_slots", [
        end,
      ])
      return rows[0].past as boolean
    }
    await expect.poll(isPast, { timeout: 10_000, interval: 300 }).toBe(true)
    expect(await instance.query("SELECT count(*) FROM orders WHERE amount IN (8, 9)")).toEqual([[2]])
    for (const { table } of tables) await instance.post(`/replicate/${table}/resume`)
    await pull(instance)
    await same(instance)
  })

  it("tells what would break the application's writes, and how the log is set up", async () => {
    const instance = parts.instance(tables, { log })
    await parts.client.query("CREATE TABLE keyless (a int); ALTER PUBLICATION edge ADD TABLE keyless")
    const check = await instance.get("/replicate/check")
    expect(check.status).toBe(207)
    expect(check.result.tables[2]).toMatchObject({
      table: "log",
      error: { message: expect.stringContaining("ALTER TABLE public.keyless REPLICA IDENTITY FULL;") },
    })
    await parts.client.query("DROP TABLE keyless; DROP PUBLICATION edge")
    expect((await instance.get("/replicate/check")).result.tables[2]).toMatchObject({
      error: {
        hint: expect.stringContaining(
          'CREATE PUBLICATION "edge" FOR TABLE "orders", "customers" WITH (publish_via_partition_root = true);',
        ),
      },
    })
  })

  it("drops its slot where it is asked to, and says so where its source has left the config", async () => {
    const instance = await load()
    const gone = parts.reopen(instance, tables)
    expect((await gone.get("/replicate/status")).result).toMatchObject({
      sources: [{ log: { level: "alarm", hint: expect.stringContaining("pg_drop_replication_slot('edge')") } }],
    })
    expect(await instance.post("/replicate/sources/nobody/drop-slot")).toMatchObject({ status: 404 })
    expect(await instance.post("/replicate/sources/shop/drop-slot")).toMatchObject({
      status: 200,
      result: { dropped: "edge" },
    })
    expect((await parts.client.query("SELECT FROM pg_replication_slots")).rowCount).toBe(0)
    expect((await gone.get("/replicate/status")).result).toMatchObject({ sources: [{ log: null }] })
  })

  it("applies a transaction that is larger than a statement, and one that is larger than memory should hold", async () => {
    const instance = await load()
    await parts.client.query(
      "INSERT INTO orders SELECT n, 1, n, repeat('y', 1000) FROM generate_series(10000, 22000) n",
    )
    await parts.client.query("INSERT INTO customers SELECT n, 'n', 1 FROM generate_series(10000, 60000) n")
    for (const [table] of [await pull(instance)]) expect(table).toMatchObject({ table: "orders", written: 12_001 })
    await same(instance)
  })

  it("sets aside a row that is larger than a change is read, and brings it once it fits", async () => {
    const instance = await load()
    await parts.client.query(
      "INSERT INTO orders VALUES (900, 1, 1, repeat('z', 9000000)), (901, 1, 1, 'small'); UPDATE orders SET note = repeat('y', 9000000) WHERE id = 7",
    )
    await pull(instance)
    const setAside = () => instance.query("SELECT key FROM tmp_replication_rejects ORDER BY key")
    expect(await setAside()).toEqual([['["7"]'], ['["900"]']])
    expect(await instance.query("SELECT id FROM orders WHERE id >= 900")).toEqual([[901]])
    await parts.client.query("UPDATE orders SET note = 'fits' WHERE id IN (7, 900)")
    await pull(instance)
    await same(instance)
    expect(await setAside()).toEqual([])
  })

  it("builds a replica anew where it is asked to, while the log goes on", async () => {
    const instance = await load()
    await instance.query("DELETE FROM orders WHERE id < 10")
    await parts.client.query("UPDATE orders SET amount = 6 WHERE id = 20")
    expect(await instance.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    await same(instance)
    await parts.client.query("UPDATE orders SET amount = 61 WHERE id = 20")
    await pull(instance)
    await same(instance)
    await instance.query("DELETE FROM orders WHERE id < 10; UPDATE orders SET amount = 0 WHERE id = 30")
    expect(await instance.post("/replicate/orders/verify?repair=true")).toMatchObject({ status: 200 })
    await same(instance)
  })

  it("loads whole in one run where others write all the time and do not wait for the log", async () => {
    const client = new pg.Client(parts.server.url)
    await client.connect()
    await client.query("CREATE TABLE noise (id serial); SET synchronous_commit = off")
    let isOver = false
    const noise = (async () => {
      while (!isOver) await client.query("INSERT INTO noise DEFAULT VALUES")
      await client.query("DROP TABLE noise")
      await client.end()
    })()
    const answers: Array<unknown> = []
    for (let time = 0; time < 3; time += 1) {
      const { result } = await parts.instance(tables, { log }).post("/replicate")
      answers.push(...result.tables.map(({ more }) => more))
      await parts.client.query("SELECT pg_drop_replication_slot('edge')")
    }
    isOver = true
    await noise
    expect(answers).toEqual([false, false, false, false, false, false])
  })

  it("begins a table anew that was reset", async () => {
    const instance = await load()
    expect(await instance.post("/replicate/orders/reset")).toMatchObject({ status: 200 })
    await parts.client.query("UPDATE customers SET name = 'z'; UPDATE orders SET amount = 12")
    await pull(instance)
    await same(instance)
  })

  it("goes on with the others where a table may not change, and brings that one once it is refreshed", async () => {
    const strict = [{ table: "orders", drift: "fail" }, { table: "customers" }]
    const instance = parts.instance(strict, { log: { ...log, every: "1 second" } })
    await pull(instance)
    await parts.client.query("ALTER TABLE orders ADD COLUMN more int; UPDATE customers SET name = 'on'")
    const answer = await instance.post("/replicate")
    expect(answer.result.tables).toMatchObject([
      { table: "orders", error: { code: "schema-changed", action: "refresh" } },
      { table: "customers", written: 20 },
    ])
    await parts.client.query("UPDATE customers SET name = 'and on'; UPDATE orders SET amount = 15")
    await expect
      .poll(async () => (await instance.post("/replicate?due=true")).result.tables, { timeout: 10_000, interval: 300 })
      .toMatchObject([{ table: "customers", written: 20 }])
    expect(await instance.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    await pull(instance)
    await same(instance)
  })

  it("goes on where somebody has dropped a replica, or what is in front of it", async () => {
    const instance = await load()
    await instance.query("DROP TABLE orders")
    await parts.client.query("UPDATE customers SET name = 'y'; UPDATE orders SET amount = 13")
    await pull(instance)
    await same(instance)
    await instance.query("DROP TRIGGER tmp_replication_apply_orders")
    await parts.client.query("UPDATE customers SET name = 'z'; UPDATE orders SET amount = 14")
    await pull(instance)
    await same(instance)
  })

  it("sees what partitions bring and take without a word, and what writes a table anew", async () => {
    await parts.client.query(
      `CREATE TABLE events (id int, day int, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
       CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
       CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
       INSERT INTO events SELECT n, n % 20, 'e' || n FROM generate_series(1, 100) n;
       DROP PUBLICATION edge; CREATE PUBLICATION edge FOR TABLE events, orders WITH (publish_via_partition_root = true)`,
    )
    const instance = parts.instance([{ table: "orders" }, { table: "events" }], { log })
    await pull(instance)
    const here = async () => {
      await same(instance, ["orders"])
      const { rows } = await parts.client.query({ text: "SELECT * FROM events ORDER BY id, day", rowMode: "array" })
      expect(await instance.query("SELECT * FROM events ORDER BY id, day")).toEqual(rows)
    }
    await here()
    const isRebuilt = async () => (await pull(instance)).find(({ table }) => table === "events")?.["pages"] !== 0
    await parts.client.query(
      "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30); INSERT INTO events VALUES (500, 25, 'told'); UPDATE events SET day = 26 WHERE id = 7",
    )
    expect(await pull(instance)).toMatchObject([{ read: 0 }, { table: "events", read: 3 }])
    await here()
    await parts.client.query(
      "CREATE TABLE events_4 (id int NOT NULL, day int NOT NULL, v text, PRIMARY KEY (id, day)); INSERT INTO events_4 VALUES (600, 35, 'came along'); ALTER TABLE events ATTACH PARTITION events_4 FOR VALUES FROM (30) TO (40)",
    )
    expect(await isRebuilt()).toBe(true)
    await here()
    await parts.client.query("ALTER TABLE events DETACH PARTITION events_1")
    expect(await isRebuilt()).toBe(true)
    await here()
    await parts.client.query("TRUNCATE events_2")
    expect(await isRebuilt()).toBe(true)
    await here()
    await parts.client.query("TRUNCATE events; TRUNCATE orders; INSERT INTO orders VALUES (1, 1, 1, 'x')")
    await pull(instance)
    await here()
    expect(await isRebuilt()).toBe(false)
    await parts.client.query("TRUNCATE orders")
    await parts.client.query("INSERT INTO orders VALUES (1, 1, 1, 'x')")
    await parts.client.query("ALTER TABLE orders ALTER note TYPE text USING upper(note)")
    await pull(instance)
    await here()
    await parts.client.query("DROP TABLE events, events_1")
  })

  it("brings masked values masked, also those that an update does not tell, and columns under other names", async () => {
    await parts.client.query(
      "ALTER TABLE customers ADD COLUMN email text; ALTER TABLE customers ALTER email SET STORAGE EXTERNAL; UPDATE customers SET email = 'person' || id || repeat('@', 3000)",
    )
    const secrets = { MASK_KEY: "a secret of more than thirty-two characters" }
    const masked = [
      { table: "orders" },
      {
        table: "customers",
        mask: { email: { hmac: { secret: "MASK_KEY" } }, balance: "redact" },
        rename: { name: "called" },
      },
    ]
    const instance = parts.instance(masked, { log, secrets: { SHOP_URL: parts.server.url, ...secrets } })
    await pull(instance)
    const tokens = await instance.query("SELECT id, email FROM customers ORDER BY id")
    expect(JSON.stringify(tokens)).toMatch(/"[0-9a-f]{32}"/)
    await parts.client.query(
      "UPDATE customers SET name = 'renamed'; INSERT INTO customers VALUES (77, 'new', 1, 'person77@'); UPDATE customers SET id = 500 WHERE id = 5",
    )
    await pull(instance)
    const status = await instance.get("/replicate/status")
    expect(status.result.tables).toMatchObject([{ table: "customers", changes: { by: "log" } }, {}])
    expect(await instance.query("SELECT count(*), min(called), max(balance) FROM customers")).toEqual([
      [21, "new", "redacted"],
    ])
    expect(await instance.query("SELECT email FROM customers WHERE id = 500")).toEqual([[tokens[4]?.[1]]])
    expect(await instance.query("SELECT email FROM customers WHERE id = 6")).toEqual([[tokens[5]?.[1]]])
    const everything = await instance.query(
      "SELECT group_concat(email) FROM customers UNION ALL SELECT group_concat(key) FROM tmp_replication_log_wanted",
    )
    expect(JSON.stringify(everything)).not.toContain("person")
  })
})
