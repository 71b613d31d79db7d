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

const pull = async (instance: Instance) => {
  const answer = await instance.post("/replicate")
  expect(answer.result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
  expect(answer).toMatchObject({ status: 200 })
  return answer.result.tables
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
})
