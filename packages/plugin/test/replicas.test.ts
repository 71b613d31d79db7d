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

/** Moves and deletes rows at the source, and has the hub see all of it. */
const shuffle = async (hub: Instance) => {
  await parts.client.query(
    "UPDATE orders SET tenant_id = 1 + id % 2 WHERE id % 5 = 0; DELETE FROM orders WHERE id % 7 = 0; UPDATE orders SET note = note || '!' WHERE id % 11 = 0",
  )
  expect((await hub.post("/replicate/orders/verify?repair=true")).status).toBe(200)
}

const generation = async (hub: Instance, table = "orders") =>
  (await hub.query(`SELECT generation FROM tmp_replication_feed WHERE name = '${table}'`)).flat()[0]

describe("a hub whose tables are put in the place of others", () => {
  it("has its replicas follow a refresh by what it has changed, and load nothing anew", async () => {
    const { hub, one, follow } = await start()
    const before = await generation(hub)
    expect(before).toEqual(expect.any(String))
    await shuffle(hub)
    await parts.client.query(
      "DELETE FROM orders WHERE id % 13 = 0; UPDATE orders SET tenant_id = 3 - tenant_id WHERE id % 17 = 0 AND tenant_id > 0",
    )
    expect(await hub.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    expect(await generation(hub)).toBe(before)
    const calls: Array<string> = []
    const watched = replicaOf(parts, hub, { tenant: "1" }, own, {}, one.object, {
      refuse: (method) => {
        calls.push(method)
        return false
      },
    })
    await pullAll(watched)
    expect(calls).toEqual(["hello", "changes"])
    await follow()
    await shuffle(hub)
    await follow()
  })

  it("has them load anew what a refresh has brought in another form", async () => {
    const { hub, follow } = await start()
    const before = await generation(hub)
    await parts.client.query("ALTER TABLE orders ADD COLUMN more int DEFAULT 7")
    await shuffle(hub)
    expect(await hub.post("/replicate/orders/refresh")).toMatchObject({ status: 200 })
    expect(await generation(hub)).not.toBe(before)
    await follow()
  })

  it("has them follow a reset", async () => {
    const { hub, one, follow } = await start()
    const before = await generation(hub)
    await shuffle(hub)
    expect(await hub.post("/replicate/orders/reset")).toMatchObject({ status: 200 })
    expect(await generation(hub)).toBeUndefined()
    const missing = await one.post("/replicate")
    expect(
      missing.result.tables.map(({ table, error }) => [table, (error as { code?: string } | undefined)?.code]),
    ).toContainEqual(["orders", "table-missing"])
    await follow()
    expect(await generation(hub)).not.toBe(before)
  })

  it("has them follow columns that are added and dropped", async () => {
    const { hub, follow, one } = await start()
    await parts.client.query(
      "ALTER TABLE plans ADD COLUMN seats int DEFAULT 3; ALTER TABLE orders DROP COLUMN at, ADD COLUMN at timestamptz",
    )
    await follow()
    expect(await one.query("SELECT DISTINCT seats FROM plans")).toEqual([[3]])
    await shuffle(hub)
    await follow()
  })

  it("has them load anew what the log does not reach back to", async () => {
    const { hub, follow } = await start()
    await shuffle(hub)
    await hub.query("UPDATE tmp_replication_hub SET seq = seq + 1, trimmed = seq; DELETE FROM tmp_replication_changes")
    await follow()
    await shuffle(hub)
    await follow()
  })

  it("begins a new epoch where the log was lost, and where a trigger is gone another generation", async () => {
    const { hub, follow } = await start()
    const epoch = async () => (await hub.query("SELECT epoch FROM tmp_replication_hub")).flat()[0]
    const first = await epoch()
    await hub.query("DROP TABLE tmp_replication_changes")
    await parts.client.query("DELETE FROM orders WHERE id = 3; INSERT INTO plans VALUES ('more', 1)")
    await hub.post("/replicate")
    expect(await epoch()).not.toBe(first)
    await follow()
    const before = await generation(hub)
    await hub.query("DROP TRIGGER tmp_replication_changed_ad_orders; DELETE FROM orders WHERE id = 5")
    expect(await generation(hub)).toBeUndefined()
    await follow()
    expect(await generation(hub)).not.toBe(before)
  })

  it("takes triggers and log away once nobody replicates from it", async () => {
    const { hub } = await start()
    const ours =
      "SELECT name FROM sqlite_master WHERE name GLOB 'tmp_replication_changed_*' OR name IN ('tmp_replication_hub', 'tmp_replication_changes', 'tmp_replication_fed', 'tmp_replication_feed')"
    expect(await hub.query(ours)).not.toEqual([])
    const alone = parts.reopen(hub, tables)
    await alone.post("/replicate")
    expect(await hub.query(ours)).toEqual([])
  })
})

describe("a replica", () => {
  it("comes to the same whatever statement it was killed at", async () => {
    const { hub, one } = await start()
    await shuffle(hub)
    let count = 0
    one.object.fault = () => void (count += 1)
    await pullAll(one)
    const statements = count
    for (let at = 0; at < statements; at += 7) {
      await shuffle(hub)
      let left = at
      one.object.fault = () => {
        if (left-- === 0) throw new Error("killed")
      }
      await one.post("/replicate").catch(() => undefined)
      one.object.fault = undefined
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    await one.query(
      "UPDATE tmp_replication_tables SET lease_until = 0; UPDATE tmp_replication_logs SET lease_until = 0",
    )
    await pullAll(one)
    await same(one, hub, "WHERE tenant_id = 1")
  })

  it("may be pulled twice at a time", async () => {
    const { hub, one, two, follow } = await start()
    for (let turn = 0; turn < 5; turn += 1) {
      await shuffle(hub)
      await Promise.all([
        one.post("/replicate"),
        one.post("/replicate"),
        two.post("/replicate?due=true"),
        hub.post("/replicate"),
      ])
    }
    await follow()
  })

  it("is a hub to others itself", async () => {
    const { hub, follow } = await start()
    const regional = replicaOf(parts, hub, "all", own, { replicas: { ...replicas, tables: { plans: "all" } } })
    await pullAll(regional)
    const leaf = replicaOf(parts, regional, { tenant: "2" }, own)
    const step = async () => {
      await pullAll(regional)
      await pullAll(leaf)
      await same(leaf, hub, "WHERE tenant_id = 2")
    }
    await step()
    await shuffle(hub)
    await follow()
    await step()
    await hub.post("/replicate/orders/refresh")
    await step()
  })

  it.each(["follow", "freeze", "fail"])(
    "shows no row of the tenant that it was another's before, also while it cannot load its own (drift: %s)",
    async (drift) => {
      const { hub, one } = await start()
      const asked = own.map((table) => ({ ...table, drift }))
      const before = replicaOf(parts, hub, { tenant: "1" }, asked, {}, one.object)
      await pullAll(before)
      await hub.query("UPDATE orders SET note = 'logged' WHERE id < 20")
      const cut = replicaOf(parts, hub, { tenant: "2" }, asked, {}, one.object, {
        refuse: (method) => method === "read",
      })
      const answer = await cut.post("/replicate")
      expect(answer.result.tables).toMatchObject([
        { error: { code: "source-busy" } },
        { error: { code: "source-busy" } },
      ])
      expect(await cut.query("SELECT count(*) FROM orders")).toEqual([[0]])
      expect(await cut.query("SELECT name FROM sqlite_master WHERE name LIKE 'tmp_replication_next%'")).toEqual([])
      const after = replicaOf(parts, hub, { tenant: "2" }, asked, {}, one.object)
      await pullAll(after)
      await same(after, hub, "WHERE tenant_id = 2")
    },
  )

  it("is verified, repaired and refreshed as from any source, by the rows of its own alone", async () => {
    const { hub, one } = await start()
    await one.query(
      "UPDATE orders SET note = 'tampered' WHERE id IN (1, 4); DELETE FROM orders WHERE id = 7; INSERT INTO orders (id, tenant_id) VALUES (2, 1)",
    )
    const verified = await one.post("/replicate/orders/verify")
    expect(verified.result.tables).toMatchObject([{ verification: { differing: 4 } }])
    expect((await one.post("/replicate/orders/verify?repair=true")).status).toBe(200)
    await same(one, hub, "WHERE tenant_id = 1")
    expect((await one.post("/replicate/orders/verify")).result.tables).toMatchObject([
      { verification: { differing: 0 } },
    ])
    await shuffle(hub)
    expect((await one.post("/replicate/orders/refresh")).status).toBe(200)
    await pullAll(one)
    await same(one, hub, "WHERE tenant_id = 1")
  })

  it("has the tables without a key too, each row as often as it is there", async () => {
    await parts.client.query(
      `DROP TABLE IF EXISTS visits; CREATE TABLE visits (tenant_id int, page text);
       INSERT INTO visits SELECT n % 3, 'page ' || n % 4 FROM generate_series(1, 60) n`,
    )
    const hub = parts.instance([{ table: "visits" }], { document: { replicas: { by: { column: "tenant_id" } } } })
    await pullAll(hub)
    const one = replicaOf(parts, hub, { tenant: "1" }, [{ table: "visits" }])
    const follow = async () => {
      await pullAll(hub)
      await pullAll(one)
      const { rows } = await parts.client.query({
        text: "SELECT * FROM visits WHERE tenant_id = 1 ORDER BY page",
        rowMode: "array",
      })
      expect(await one.query("SELECT * FROM visits ORDER BY page")).toEqual(rows)
      return rows.length
    }
    expect(await follow()).toBe(20)
    await parts.client.query(
      "UPDATE visits SET tenant_id = 2 WHERE page = 'page 1'; INSERT INTO visits VALUES (1, 'new'), (1, 'new')",
    )
    expect(await follow()).toBe(17)
  })

  it("loses most of its rows where they are another tenant's by now, and waits for nobody to confirm it", async () => {
    await parts.client.query("INSERT INTO orders SELECT n, 1, n, n, 'many' FROM generate_series(10001, 10400) n")
    const { hub, one, follow } = await start()
    await parts.client.query("UPDATE orders SET tenant_id = 2 WHERE tenant_id = 1 AND id > 10")
    await hub.post("/replicate/orders/verify?repair=true")
    await hub.query("UPDATE tmp_replication_hub SET seq = seq + 1, trimmed = seq; DELETE FROM tmp_replication_changes")
    await follow()
    expect(await one.query("SELECT count(*) < 10 FROM orders")).toEqual([[1]])
  })
})
