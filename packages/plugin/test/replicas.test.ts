import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { pullAll, replicaOf } from "./support/fleet.ts"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

const tables = [{ table: "orders" }, { table: "plans" }, { table: "internal" }]
const replicas = { by: { column: "tenant_id" }, tables: { plans: "all", internal: "none" } }
const own = [{ table: "orders" }, { table: "plans" }]

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

beforeEach(async () => {
  await parts.client.query(
    `DROP TABLE IF EXISTS orders, plans, internal;
     CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id int, amount numeric(20, 4), weight double precision, note text, at timestamptz, raw bytea);
     CREATE TABLE plans (name text PRIMARY KEY, price int);
     CREATE TABLE internal (id int PRIMARY KEY, tenant_id int);
     INSERT INTO orders SELECT n, n % 3, n / 7.0, n / 3.0, 'note ' || n, now() - n * interval '1 hour', decode(md5(n::text), 'hex') FROM generate_series(1, 300) n;
     INSERT INTO orders VALUES (9007199254740993, 1, 'NaN', 'NaN', NULL, 'infinity', ''), (1000, NULL, 1, '-Infinity', 'nobody''s', NULL, NULL);
     INSERT INTO plans VALUES ('free', 0), ('paid', 9);
     INSERT INTO internal VALUES (1, 1)`.replaceAll(/\s+/g, " "),
  )
})

const orders = `SELECT CAST(id AS TEXT), CAST(tenant_id AS TEXT), amount, CAST(weight AS TEXT), typeof(weight), note, at, hex(raw), typeof(raw) FROM orders`

/** Holds a replica against what its hub has of a tenant. */
const same = async (replica: Instance, hub: Instance, where = "") => {
  expect(await replica.query(`${orders} ORDER BY id`)).toEqual(await hub.query(`${orders} ${where} ORDER BY id`))
  const plans = "SELECT * FROM plans ORDER BY name"
  expect(await replica.query(plans)).toEqual(await hub.query(plans))
}

const start = async () => {
  const hub = parts.instance(tables, { document: { replicas } })
  await pullAll(hub)
  const one = replicaOf(parts, hub, { tenant: "1" }, own)
  const two = replicaOf(parts, hub, { tenant: "2" }, own)
  const all = replicaOf(parts, hub, "all", own)
  const every = async (act: (replica: Instance, where: string) => Promise<void>) => {
    await act(one, "WHERE tenant_id = 1")
    await act(two, "WHERE tenant_id = 2")
    await act(all, "")
  }
  const follow = async () => {
    await pullAll(hub)
    await every(async (replica, where) => {
      await pullAll(replica)
      await same(replica, hub, where)
    })
  }
  await follow()
  return { hub, one, two, all, follow }
}

describe("replicas of a hub", () => {
  it("gives each tenant the rows of its own, and what everybody gets, byte for byte", async () => {
    const { hub, one } = await start()
    const rows = await parts.client.query("SELECT count(*)::int AS n FROM orders WHERE tenant_id = 1")
    expect(await one.query("SELECT count(*) FROM orders")).toEqual([[rows.rows[0].n]])
    expect(await hub.query("SELECT count(*) FROM tmp_replication_fed")).toEqual([[2]])
  })

  it("tells moves between tenants, deletes, changed keys and new rows at once", async () => {
    const { hub, one, follow } = await start()
    await parts.client.query(
      `UPDATE orders SET tenant_id = 2, note = 'moved' WHERE id IN (1, 4);
       UPDATE orders SET note = 'changed' WHERE id IN (7, 8);
       DELETE FROM orders WHERE id IN (10, 11);
       UPDATE orders SET id = id + 5000 WHERE id IN (13, 14);
       UPDATE orders SET tenant_id = NULL WHERE id = 16;
       UPDATE orders SET tenant_id = 1 WHERE id = 1000;
       INSERT INTO orders VALUES (2000, 1, 5, 0.1, 'new', now(), NULL);
       UPDATE plans SET price = 10 WHERE name = 'paid'`,
    )
    await hub.post("/replicate/orders/verify?repair=true")
    await follow()
    expect(await one.query("SELECT count(*) FROM orders WHERE note = 'moved'")).toEqual([[0]])
    expect(await one.query("SELECT id FROM orders WHERE id IN (1, 4, 10, 13, 16)")).toEqual([])
  })
})
