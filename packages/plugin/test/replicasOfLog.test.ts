import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { pullAll, replicaOf } from "./support/fleet.ts"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

const log = { slot: "edge", publication: "edge" }
const tables = [{ table: "accounts" }, { table: "entries" }]
const document = { replicas: { by: { column: "tenant" } } }

let parts: Parts
beforeAll(async () => {
  parts = await startParts({ wal_level: "logical", synchronous_commit: "on" })
})
afterAll(() => parts.stop())

beforeEach(async () => {
  await parts.client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots;
     DROP PUBLICATION IF EXISTS edge; DROP TABLE IF EXISTS accounts, entries;
     CREATE TABLE accounts (id int PRIMARY KEY, tenant text, balance int);
     CREATE TABLE entries (id bigint PRIMARY KEY, tenant text, account int, amount int);
     INSERT INTO accounts SELECT n, 't' || n % 2, 0 FROM generate_series(1, 10) n;
     CREATE PUBLICATION edge FOR TABLE accounts, entries`.replaceAll(/\s+/g, " "),
  )
})

const start = async (identity: Parameters<typeof replicaOf>[2]) => {
  const hub = parts.instance(tables, { log, document })
  await pullAll(hub)
  const replica = replicaOf(parts, hub, identity, tables)
  await pullAll(replica)
  return { hub, replica }
}

const rows = (instance: Pick<Instance, "query">, table: string, where = "") =>
  instance.query(`SELECT * FROM ${table} ${where} ORDER BY id`)

describe("a hub that follows the log of its source", () => {
  it("hands each transaction on in one step over all tables", async () => {
    const { hub, replica } = await start({ tenant: "t1" })
    // Each account's balance is the sum of its entries, in whatever statement a reader comes.
    const isBalanced = async () => {
      const wrong = await replica.query(
        "SELECT a.id FROM accounts a WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM entries e WHERE e.account = a.id)",
      )
      expect(wrong).toEqual([])
    }
    for (let turn = 1; turn <= 5; turn += 1) {
      await parts.client.query(
        `BEGIN; INSERT INTO entries SELECT ${turn} * 100 + n, 't' || n % 2, n, n + ${turn} FROM generate_series(1, 10) n;
         UPDATE accounts SET balance = balance + id + ${turn}; COMMIT`,
      )
      await pullAll(hub)
      const watching = pullAll(replica)
      for (let at = 0; at < 5; at += 1) await isBalanced()
      await watching
      await isBalanced()
    }
    for (const table of ["accounts", "entries"]) {
      expect(await rows(replica, table)).toEqual(await rows(hub, table, "WHERE tenant = 't1'"))
    }
  })

  it("empties what was truncated, and takes in one pull what moved and came again", async () => {
    const { hub, replica } = await start({ tenant: "t1" })
    await parts.client.query("INSERT INTO entries SELECT n, 't' || n % 2, 1, n FROM generate_series(1, 100) n")
    await pullAll(hub)
    await pullAll(replica)
    await parts.client.query(
      "BEGIN; TRUNCATE entries; INSERT INTO entries VALUES (1, 't1', 1, 7), (2, 't1', 1, 8); UPDATE accounts SET tenant = 't1' WHERE id = 2; UPDATE accounts SET tenant = 't0' WHERE id = 1; COMMIT",
    )
    await pullAll(hub)
    await pullAll(replica)
    for (const table of ["accounts", "entries"]) {
      expect(await rows(replica, table)).toEqual(await rows(hub, table, "WHERE tenant = 't1'"))
    }
    expect(await replica.query("SELECT id FROM accounts WHERE id IN (1, 2)")).toEqual([[2]])
  })

  it("has a change that is larger than a batch go on where it was cut", async () => {
    const { hub, replica } = await start("all")
    await parts.client.query("INSERT INTO entries SELECT n, 't' || n % 2, 1, n FROM generate_series(1, 60000) n")
    await pullAll(hub)
    await pullAll(replica)
    await parts.client.query("UPDATE entries SET amount = -amount")
    await pullAll(hub)
    let left = 0
    let asked = 0
    const cut = replicaOf(parts, hub, "all", tables, {}, replica.object, {
      refuse: (method) => {
        if (method !== "changes") return false
        asked += 1
        left -= 1
        return left < 0
      },
    })
    left = 24
    const first = await cut.post("/replicate")
    expect(first.result.tables.map(({ error }) => (error as { code?: string } | undefined)?.code)).toContain(
      "source-busy",
    )
    expect(await replica.query("SELECT is_torn, part IS NULL FROM tmp_replication_logs")).toEqual([[1, 0]])
    // The run that failed holds the log for as long as one that was killed does.
    await replica.query(
      "UPDATE tmp_replication_logs SET lease_until = 0; UPDATE tmp_replication_tables SET lease_until = 0, retry_at = NULL",
    )
    asked = 0
    left = 1000
    await pullAll(cut)
    // What was applied already is not asked for once more.
    expect(asked).toBeLessThan(20)
    expect(await replica.query("SELECT id FROM entries WHERE amount > 0 LIMIT 1")).toEqual([])
    expect(await replica.query("SELECT count(*), sum(amount) FROM entries")).toEqual(
      await hub.query("SELECT count(*), sum(amount) FROM entries"),
    )
    expect(await replica.query("SELECT is_torn, part IS NULL FROM tmp_replication_logs")).toEqual([[0, 1]])
  })
})
