import type { MariadbDatabase } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type MariadbInstance, type MariadbParts, pull, same, startMariadbParts } from "./support/mariadbParts.ts"

let parts: MariadbParts
let shop: MariadbDatabase
let isMariadb = true
beforeAll(async () => {
  parts = await startMariadbParts()
  shop = await parts.server.createDatabase("log_shop")
  isMariadb = String((await shop.query("SELECT VERSION()"))[0]?.[0]).includes("MariaDB")
})
afterAll(() => parts.stop())

beforeEach(async () => {
  await shop.query(
    `DROP TABLE IF EXISTS orders, customers;
     CREATE TABLE customers (id int PRIMARY KEY, name text, balance int NOT NULL DEFAULT 0);
     CREATE TABLE orders (id int PRIMARY KEY, customer int, amount int NOT NULL, note text);
     INSERT INTO customers WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20) SELECT n, CONCAT('c', n), 100 FROM s;
     INSERT INTO orders WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 50) SELECT n, 1 + n % 20, n, REPEAT('x', 3000) FROM s`,
  )
})

const both = [{ table: "orders" }, { table: "customers" }]
const configOf = (tables: ReadonlyArray<object> = both, log: object = {}, more: object = {}) => ({
  sources: { shop: { type: "mysql", url: { secret: "SHOP_URL" }, log } },
  tables: tables.map((table) => ({ source: "shop", ...table })),
  ...more,
})

const load = async (tables = both, log: object = {}): Promise<MariadbInstance> => {
  const instance = parts.instance(shop.url, configOf(tables, log))
  await pull(instance)
  return instance
}

const asThere = (instance: MariadbInstance, names = ["orders", "customers"]) => same(instance, shop, names)

describe("a source whose binlog is followed", () => {
  it("loads its tables, and brings inserts, updates, deletes and new keys by the log", async () => {
    const instance = await load()
    await asThere(instance)
    await shop.query(
      `BEGIN; INSERT INTO customers VALUES (100, 'new', 1); UPDATE orders SET amount = 7 WHERE id = 1;
       DELETE FROM orders WHERE id = 2; UPDATE orders SET id = 1000 WHERE id = 3; COMMIT`,
    )
    expect(await pull(instance)).toMatchObject([
      { table: "orders", read: 3, written: 2, deleted: 2 },
      { table: "customers", read: 1, written: 1 },
    ])
    await asThere(instance)
    expect(await pull(instance)).toMatchObject([
      { table: "orders", read: 0, written: 0 },
      { table: "customers", read: 0, written: 0 },
    ])
  })

  it("empties a table that is truncated, and fills it again", async () => {
    const instance = await load()
    await shop.query("UPDATE orders SET amount = 5; TRUNCATE orders; INSERT INTO orders VALUES (5, 1, 2, 'again')")
    expect(await pull(instance)).toMatchObject([{ table: "orders", read: 51 }, { read: 0 }])
    await asThere(instance)
    expect(await instance.query("SELECT count(*) FROM orders")).toEqual([[1]])
    await shop.query(`TRUNCATE TABLE \`log_shop\`.\`customers\` ;`)
    expect(await pull(instance)).toMatchObject([{ read: 0 }, { table: "customers", read: 1, pages: 1 }])
    await asThere(instance)
  })

  it("tells in the status by what its tables are found, and that the source keeps its log for nobody", async () => {
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
            slot: null,
            position: expect.stringMatching(/^\d+-\d+-\d+|^[0-9a-f-]{36}:/),
            torn: false,
            heldBytes: null,
            level: "ok",
            hint: null,
          },
        },
      ],
    })
    expect(await instance.post("/replicate/sources/shop/drop-slot")).toMatchObject({
      status: 200,
      result: { dropped: null, note: expect.stringContaining("no slot") },
    })
    await pull(instance)
    await asThere(instance)
  })

  it("has a query wait for what was written before", async () => {
    const instance = parts.instance(shop.url, configOf(both, {}, { freshness: { deadline: "10 seconds" } }))
    await pull(instance)
    const [row] = await shop
      .query(
        `INSERT INTO customers VALUES (300, 'mine', 1); SELECT @@GLOBAL.${isMariadb ? "gtid_binlog_pos" : "gtid_executed"}`,
      )
      .then((results) => results.slice(-1).map((rows) => [rows].flat(2)))
    const after = String(row?.at(-1)).replaceAll("\n", "")
    const body = { sql: "SELECT * FROM customers WHERE id = 300" }
    const response = await instance.send("POST", "/query", "client", body, { "X-Replication-After": after })
    expect(response.headers.get("X-Replication-Position")).toBe(after)
    expect(await instance.query("SELECT name FROM customers WHERE id = 300")).toEqual([["mine"]])
    const wrong = await instance.send("POST", "/query", "client", body, { "X-Replication-After": "soon" })
    expect(wrong.status).toBe(400)
  })

  it("serves by what it has without the log what the log does not tell, and says why", async () => {
    await shop.query(`
      CREATE VIEW big_orders AS SELECT * FROM orders WHERE amount > 10;
      CREATE TABLE cascaded (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES orders (id) ON DELETE CASCADE);
      CREATE TABLE notes (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES orders (id));
      CREATE TABLE odd (id int PRIMARY KEY, v varchar(9) CHARACTER SET cp1250);
      INSERT INTO cascaded VALUES (1, 1), (2, 2); INSERT INTO notes VALUES (1, 3); INSERT INTO odd VALUES (1, 'ž')`)
    const names = ["orders", "customers", "cascaded", "notes", "odd"]
    const instance = parts.instance(
      shop.url,
      configOf([...names.map((table) => ({ table })), { table: "big_orders", key: ["id"] }]),
    )
    await pull(instance)
    await shop.query("DELETE FROM orders WHERE id = 1; UPDATE notes SET parent = 4; UPDATE odd SET v = 'š'")
    await pull(instance)
    await asThere(instance, [...names, "big_orders"])
    const found = new Map(
      (await instance.get("/replicate/status")).result.tables.map(({ table, changes }) => [String(table), changes]),
    )
    expect(found.get("orders")).toMatchObject({ by: "log" })
    expect(found.get("notes")).toMatchObject({ by: "log" })
    expect(found.get("cascaded")).toMatchObject({ why: expect.stringContaining("is in no log") })
    expect(found.get("odd")).toMatchObject({ why: expect.stringContaining("prints otherwise (v)") })
    expect(found.get("big_orders")).toMatchObject({ why: expect.stringContaining("is a view") })
    expect(await instance.get("/replicate/check")).toMatchObject({ status: 200 })
    await shop.query("DROP VIEW big_orders; DROP TABLE cascaded, notes, odd")
  })

  it("heals by itself where the server has thrown away what was not read", async () => {
    const instance = await load()
    await shop.query(
      "UPDATE orders SET amount = -1 WHERE id = 1; DELETE FROM customers WHERE id = 1; FLUSH BINARY LOGS",
    )
    const files = await shop.query("SHOW BINARY LOGS")
    await shop.query("INSERT INTO customers VALUES (500, 'later', 0)")
    const left = async () => {
      await shop.query(`PURGE BINARY LOGS TO '${String(files.at(-1)?.[0])}'`)
      return (await shop.query("SHOW BINARY LOGS")).length
    }
    await expect.poll(left, { timeout: 30_000 }).toBe(1)
    await pull(instance)
    await asThere(instance)
    await shop.query("UPDATE customers SET name = 'x' WHERE id = 500")
    expect(await pull(instance)).toMatchObject([{ read: 0 }, { table: "customers", read: 1 }])
    await asThere(instance)
  })

  it("heals by itself where the server was set back to an earlier state", async () => {
    const instance = await load()
    await shop.query("UPDATE orders SET amount = -1 WHERE id = 1; RESET MASTER; DELETE FROM customers WHERE id = 1")
    await pull(instance)
    await asThere(instance)
    await shop.query("UPDATE customers SET name = 'x' WHERE id = 5")
    expect(await pull(instance)).toMatchObject([{ read: 0 }, { table: "customers", read: 1 }])
    await asThere(instance)
  })

  it.each([
    ["a column is added with a default", "ALTER TABLE orders ADD COLUMN extra int DEFAULT 7"],
    ["a column changes its type", "ALTER TABLE orders MODIFY amount bigint NOT NULL"],
    [
      "a column is dropped and added again",
      "ALTER TABLE orders DROP COLUMN amount, ADD COLUMN amount int NOT NULL DEFAULT 3 AFTER customer",
    ],
    ["columns change places", "ALTER TABLE orders MODIFY amount int NOT NULL FIRST"],
    ["columns change names", "ALTER TABLE orders CHANGE customer amount int, CHANGE amount customer int NOT NULL"],
    [
      "it is dropped and made again",
      "CREATE TABLE other LIKE orders; DROP TABLE orders; RENAME TABLE other TO orders; INSERT INTO orders VALUES (1, 2, 3, 'n')",
    ],
    [
      "another takes its place",
      "CREATE TABLE other AS SELECT * FROM orders WHERE id < 10; ALTER TABLE other ADD PRIMARY KEY (id); RENAME TABLE orders TO old, other TO orders; DROP TABLE old",
    ],
    [
      "it is quoted and commented",
      "/*!50000 ALTER */ /* quietly */ TABLE `log_shop`.`orders` ALTER COLUMN customer SET DEFAULT 5, MODIFY amount int NOT NULL AFTER note",
    ],
    [
      "partitions take rows along",
      "ALTER TABLE orders PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (20), PARTITION b VALUES LESS THAN (9999)); ALTER TABLE orders TRUNCATE PARTITION a",
    ],
  ])("builds a table anew where %s, and the others go on", async (_what, sql) => {
    const instance = await load()
    await shop.query(
      `UPDATE orders SET amount = 3 WHERE id = 1; ${sql}; UPDATE orders SET amount = 4 WHERE id = 2; UPDATE customers SET name = 'on' WHERE id = 1`,
    )
    expect((await pull(instance))[1]).toMatchObject({ table: "customers", read: 1, written: 1 })
    await asThere(instance)
    await shop.query("UPDATE orders SET amount = 9 WHERE id = 5")
    await pull(instance)
    await asThere(instance)
    expect((await pull(instance))[0]).toMatchObject({ read: 0 })
  })

  it("builds a table anew that was defined anew behind the log's back", async () => {
    const instance = await load()
    await shop.query(
      "SET sql_log_bin = 0; ALTER TABLE orders MODIFY amount int NOT NULL AFTER id; SET sql_log_bin = 1; UPDATE orders SET amount = 9, customer = 8",
    )
    await pull(instance)
    const rows = await shop.query("SELECT id, customer, amount FROM orders ORDER BY id")
    expect(await instance.query("SELECT id, customer, amount FROM orders ORDER BY id")).toEqual(
      rows.map((row) => row.map(Number)),
    )
  })

  it("does not mind definitions that change no rows", async () => {
    const instance = await load()
    await shop.query(`
      CREATE INDEX by_amount ON orders (amount); ANALYZE TABLE orders; DROP INDEX by_amount ON orders;
      CREATE OR REPLACE VIEW some AS SELECT * FROM orders; DROP VIEW some;
      CREATE TABLE orders_other (id int PRIMARY KEY); DROP TABLE orders_other;
      UPDATE orders SET amount = 9 WHERE id = 5`)
    expect(await pull(instance)).toMatchObject([{ read: 1, written: 1 }, { read: 0 }])
    await asThere(instance)
  })

  it("builds tables anew of which a session told statements, or a part of each row", async () => {
    const instance = await load()
    await shop.query(
      "SET SESSION binlog_format = 'STATEMENT'; UPDATE orders SET amount = amount + 1; SET SESSION binlog_format = 'ROW'",
    )
    await pull(instance)
    await asThere(instance)
    await shop.query(
      "SET SESSION binlog_row_image = 'MINIMAL'; UPDATE orders SET amount = amount + 1; SET SESSION binlog_row_image = 'FULL'",
    )
    expect((await pull(instance))[1]).toMatchObject({ table: "customers", read: 0 })
    await asThere(instance)
    await shop.query("UPDATE orders SET amount = 9 WHERE id = 5")
    expect(await pull(instance)).toMatchObject([{ read: 1 }, { read: 0 }])
  })

  it("brings what savepoints, tables without transactions and those of two steps leave", async () => {
    await shop.query(
      "DROP TABLE IF EXISTS plain; CREATE TABLE plain (id int PRIMARY KEY, v int) ENGINE=MyISAM; INSERT INTO plain VALUES (1, 1)",
    )
    const instance = await load([...both, { table: "plain" }])
    await shop.query(
      `BEGIN; UPDATE orders SET amount = 1; SAVEPOINT s; UPDATE orders SET amount = 2; ROLLBACK TO s; UPDATE customers SET balance = 5; COMMIT;
       BEGIN; UPDATE orders SET amount = 99; ROLLBACK; UPDATE plain SET v = 2; INSERT INTO plain VALUES (2, 2)`,
    )
    await pull(instance)
    await asThere(instance, ["orders", "customers", "plain"])
    // MySQL with global ids refuses to write both kinds of tables in a transaction.
    if (isMariadb)
      await shop.query(
        "BEGIN; UPDATE orders SET amount = 50; SAVEPOINT s; UPDATE plain SET v = v + 1; UPDATE orders SET amount = 60; ROLLBACK TO s; COMMIT; BEGIN; UPDATE customers SET balance = 3; UPDATE plain SET v = v + 1; ROLLBACK",
      )
    await pull(instance)
    await asThere(instance, ["orders", "customers", "plain"])
    const other = (sql: string) => parts.server.query(`USE log_shop; ${sql}`)
    await other("XA START 'one'; UPDATE orders SET amount = 11; XA END 'one'; XA PREPARE 'one'")
    await pull(instance)
    expect(await instance.query("SELECT count(*) FROM orders WHERE amount = 11")).not.toEqual([[50]])
    await parts.server.query("XA COMMIT 'one'")
    await pull(instance)
    await asThere(instance, ["orders", "customers", "plain"])
    await other("XA START 'two'; UPDATE orders SET amount = 12; XA END 'two'; XA PREPARE 'two'")
    await shop.query("UPDATE customers SET balance = 8")
    await parts.server.query("XA COMMIT 'two'")
    await other("XA START 'three'; UPDATE orders SET amount = 13; XA END 'three'; XA PREPARE 'three'")
    await parts.server.query("XA ROLLBACK 'three'")
    expect(await pull(instance)).toMatchObject([{ read: 50, written: 50 }, { written: 20 }, { read: 0 }])
    await asThere(instance, ["orders", "customers", "plain"])
    await shop.query("DROP TABLE plain")
  })

  it("applies a transaction that is larger than a statement, and one that is larger than memory should hold", async () => {
    const instance = await load()
    await shop.query(
      "INSERT INTO orders WITH RECURSIVE s(n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM s WHERE n < 10990) SELECT n, 1, n, REPEAT('y', 10000) FROM s",
    )
    await shop.query(
      "INSERT INTO customers SELECT 10000 + a.id * 1000 + b.id, 'n', 1 FROM orders a JOIN orders b WHERE a.id <= 50 AND b.id <= 10990 AND b.id > 9999",
    )
    const [table] = await pull(instance)
    expect(table).toMatchObject({ table: "orders", written: 991 })
    await asThere(instance)
  })

  it("leaves a paused table alone, and brings all once it goes on", async () => {
    const instance = await load(both, { every: "1 second" })
    await instance.post("/replicate/orders/pause")
    await shop.query("UPDATE orders SET amount = 8; DELETE FROM orders WHERE id = 9; UPDATE customers SET balance = 7")
    await pull(instance)
    await asThere(instance, ["customers"])
    expect(await instance.query("SELECT count(*) FROM orders WHERE amount IN (8, 9)")).toEqual([[2]])
    await instance.post("/replicate/orders/resume")
    await pull(instance)
    await asThere(instance)
  })

  it("builds a replica anew where it is asked to, while the log goes on", async () => {
    const instance = await load()
    await instance.query("DELETE FROM orders WHERE id < 10")
    await shop.query("UPDATE orders SET amount = 6 WHERE id = 20")
    expect(await instance.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    await asThere(instance)
    await instance.query("DELETE FROM orders WHERE id < 10; UPDATE orders SET amount = 0 WHERE id = 30")
    expect(await instance.post("/replicate/orders/verify?repair=true")).toMatchObject({ status: 200 })
    await asThere(instance)
    expect(await instance.post("/replicate/orders/reset")).toMatchObject({ status: 200 })
    await shop.query("UPDATE customers SET name = 'z'; UPDATE orders SET amount = 12")
    await pull(instance)
    await asThere(instance)
  })

  it("keeps to the columns it has where drift says so, and fails where it says that", async () => {
    const instance = await load([{ table: "orders", drift: "freeze" } as { table: string }, { table: "customers" }])
    await shop.query(
      "ALTER TABLE orders ADD COLUMN more int DEFAULT 4; DELETE FROM orders WHERE id = 3; UPDATE orders SET amount = 15 WHERE id = 4",
    )
    await pull(instance)
    const rows = await shop.query("SELECT id, customer, amount FROM orders ORDER BY id")
    expect(await instance.query("SELECT id, customer, amount FROM orders ORDER BY id")).toEqual(
      rows.map((row) => row.map(Number)),
    )
    const strict = await load([{ table: "orders", drift: "fail" } as { table: string }, { table: "customers" }])
    await shop.query(
      "ALTER TABLE orders ADD COLUMN most int; UPDATE customers SET name = 'on'; DELETE FROM orders WHERE id = 5",
    )
    expect((await strict.post("/replicate")).result.tables).toMatchObject([
      { table: "orders", error: { code: "schema-changed", action: "refresh" } },
      { table: "customers", written: 20 },
    ])
    expect(await strict.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    await pull(strict)
    await asThere(strict)
  })

  it("brings masked values masked, and columns under other names", async () => {
    const instance = parts.instance(
      shop.url,
      configOf([{ table: "orders" }, { table: "customers", mask: { balance: "redact" }, rename: { name: "called" } }]),
    )
    await pull(instance)
    await shop.query("UPDATE customers SET balance = 77; INSERT INTO customers VALUES (77, 'new', 1)")
    await pull(instance)
    expect(await instance.query("SELECT count(*), max(called), max(balance), min(balance) FROM customers")).toEqual([
      [21, "new", "redacted", "redacted"],
    ])
  })
})
