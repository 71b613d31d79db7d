import type { MariadbDatabase } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { type MariadbInstance, type MariadbParts, pull, same, startMariadbParts } from "./support/mariadbParts.ts"

let parts: MariadbParts
let shop: MariadbDatabase
beforeAll(async () => {
  parts = await startMariadbParts()
  shop = await parts.server.createDatabase("log_shop")
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
})
