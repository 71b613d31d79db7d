import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

/** What the replica has, and what the source has. */
const both = async ({ query }: Instance, table: string, columns = "id, v") => {
  const { rows } = await parts.client.query({ text: `SELECT ${columns} FROM ${table} ORDER BY id`, rowMode: "array" })
  return { replica: await query(`SELECT ${columns} FROM ${table} ORDER BY id`), source: rows }
}

const pull = async ({ post }: Instance, table: string) => {
  const { status, result } = await post(`/replicate/${table}`)
  expect(status, JSON.stringify(result)).toBe(200)
  return result.tables[0]
}

/** Pulls until the reconciliation that is due after a second is done. */
const pullUntilEqual = async (instance: Instance, table: string) => {
  const deadline = Date.now() + 20_000
  while (true) {
    await pull(instance, table)
    const { replica, source } = await both(instance, table)
    if (JSON.stringify(replica) === JSON.stringify(source)) return
    if (Date.now() > deadline) expect(replica).toEqual(source)
  }
}

describe("a table without a cursor", () => {
  it("is pulled by what was written since, however it was written", async () => {
    await parts.client.query(`
      CREATE TABLE free (id int PRIMARY KEY, v text, "at" timestamptz DEFAULT 'epoch');
      INSERT INTO free SELECT g, 'old' FROM generate_series(1, 500) g`)
    const instance = parts.instance([{ table: "free", deletes: { reconcile: "1 second" } }])
    expect(await pull(instance, "free")).toMatchObject({ read: 500, written: 500 })
    expect(await pull(instance, "free")).toMatchObject({ read: 0, written: 0 })
    await parts.client.query(`
      UPDATE free SET v = 'new' WHERE id IN (7, 300); INSERT INTO free VALUES (501, 'late', '2001-01-01');
      UPDATE free SET id = 1000 WHERE id = 3; DELETE FROM free WHERE id = 9`)
    expect(await pull(instance, "free")).toMatchObject({ read: 4, written: 4 })
    await pullUntilEqual(instance, "free")
    await parts.client.query(
      "BEGIN; TRUNCATE free; INSERT INTO free SELECT g, 'again' FROM generate_series(1, 450) g; COMMIT",
    )
    await pullUntilEqual(instance, "free")
  })

  it("loses the rows that were marked before the config named their mark", async () => {
    await parts.client.query(`
      CREATE TABLE marked (id int PRIMARY KEY, v text, gone boolean NOT NULL DEFAULT false);
      INSERT INTO marked VALUES (1, 'a', false), (2, 'b', true)`)
    const before = parts.instance([{ table: "marked", deletes: "ignore" }])
    await pull(before, "marked")
    const after = parts.reopen(before, [{ table: "marked", deletes: { softDelete: "gone" } }])
    await pull(after, "marked")
    expect(await after.query("SELECT id FROM marked")).toEqual([[1]])
  })

  it.each([
    ["text", "k text PRIMARY KEY", "'key ' || g"],
    ["citext", "k citext PRIMARY KEY", "'Key ' || g"],
    ["numeric", "k numeric PRIMARY KEY", "g / 7.0"],
    ["composite", "k text, n int, PRIMARY KEY (k, n)", "'key ' || g % 40, g"],
    ["timestamptz", "k timestamptz PRIMARY KEY", "'2024-01-01Z'::timestamptz + g * interval '1.5 seconds'"],
  ])("loses the rows that are gone, whatever the key: %s", async (name, key, values) => {
    const table = `gone_${name}`
    await parts.client.query(`
      CREATE EXTENSION IF NOT EXISTS citext;
      CREATE TABLE ${table} (${key}, id int UNIQUE, v text);
      INSERT INTO ${table} SELECT ${values}, g, 'x' FROM generate_series(1, 12000) g`)
    const instance = parts.instance([{ table, deletes: { reconcile: "1 second" } }])
    await pullUntilEqual(instance, table)
    await parts.client.query(`
      DELETE FROM ${table} WHERE id IN (1, 7000, 12000); UPDATE ${table} SET v = 'y' WHERE id % 1000 = 5;
      INSERT INTO ${table} SELECT * FROM (SELECT ${values}, g, 'z' FROM generate_series(12001, 12010) g) AS more`)
    await pullUntilEqual(instance, table)
    expect((await instance.post(`/replicate/${table}/verify`)).result.tables).toMatchObject([
      { verification: { complete: true, differing: 0 } },
    ])
  })

  it("says in check, config and status how its changes are found, and why", async () => {
    await parts.client.query(`
      CREATE TABLE told (id int PRIMARY KEY, v text, t text NOT NULL DEFAULT ''); INSERT INTO told VALUES (1, 'a');
      CREATE VIEW shown AS SELECT * FROM told`)
    const instance = parts.instance([
      { table: "told" },
      { table: "told", into: "followed", cursor: "t" },
      { table: "shown", key: ["id"] },
    ])
    const why = "its rows tell which transaction wrote them"
    const checked = (await instance.get("/replicate/check")).result.tables
    expect(checked.map(({ changes }) => changes)).toEqual([
      { by: "snapshot", why },
      { by: "cursor and snapshot", why: `a cursor is named, and ${why}, which shows what the cursor does not` },
      { by: "scan", why: "no cursor is named, and it is a view" },
    ])
    expect(checked[1]?.["notices"]).toEqual([
      'The cursor "t" is text, which seldom grows with each insert and update. What it does not show comes an interval later.',
      'The cursor "t" has no index that begins with it, so that each pull looks through the whole table. What it does not show comes an interval later.',
    ])
    expect((await instance.get("/replicate/config")).result.tables.map(({ changes }) => changes)).toEqual([
      null,
      null,
      null,
    ])
    await instance.post("/replicate")
    const status = (await instance.get("/replicate/status")).result.tables
    const expected = { told: "snapshot", followed: "cursor and snapshot", shown: "scan" }
    const found = (tables: ReadonlyArray<Record<string, unknown>>, name: string) =>
      Object.fromEntries(tables.map((one) => [one[name], (one["changes"] as { by: string }).by]))
    expect(found(status, "table")).toEqual(expected)
    expect(found((await instance.get("/replicate/config")).result.tables, "into")).toEqual(expected)
  })

  it("names the transaction that makes it read rows again, which costs no write", async () => {
    await parts.client.query("CREATE TABLE held (id int PRIMARY KEY, v text); INSERT INTO held VALUES (1, 'a')")
    const instance = parts.instance([{ table: "held" }])
    await pull(instance, "held")
    const writer = new pg.Client({ connectionString: parts.server.url })
    await writer.connect()
    try {
      await writer.query("BEGIN; INSERT INTO held VALUES (2, 'open')")
      const [{ id } = { id: "" }] = (await writer.query("SELECT pg_current_xact_id()::text AS id")).rows
      await parts.client.query("INSERT INTO held VALUES (3, 'b')")
      expect(await pull(instance, "held")).toMatchObject({ read: 1, written: 1 })
      instance.object.takeRowsWritten()
      expect(await pull(instance, "held")).toMatchObject({ read: 1, written: 0 })
      const heldBack = { transaction: id, since: expect.stringMatching(/^\d{4}-.*Z$/) }
      expect((await instance.get("/replicate/status")).result.tables[0]).toMatchObject({ heldBack })
      await writer.query("COMMIT")
      expect(await pull(instance, "held")).toMatchObject({ read: 2, written: 1 })
      expect((await instance.get("/replicate/status")).result.tables[0]).toMatchObject({ heldBack: null })
    } finally {
      await writer.end()
    }
  })
})

describe("a table with a cursor", () => {
  const cases: ReadonlyArray<readonly [what: string, definition: string, first: string, later: string]> = [
    ["a quiet update", "v text, c int", "(1, 'a', 1), (2, 'b', 2)", "UPDATE %t SET v = 'quiet' WHERE id = 1"],
    ["an old value", "v text, c int", "(1, 'a', 1), (2, 'b', 2)", "INSERT INTO %t VALUES (3, 'backfill', -500)"],
    ["NaN", "v text, c float8", "(1, 'a', 1), (2, 'b', 'NaN')", "INSERT INTO %t VALUES (3, 'late', 5)"],
    ["an outlier", "v text, c bigint", "(1, 'a', 1), (2, 'b', 1700000000000)", "INSERT INTO %t VALUES (3, 'late', 5)"],
    [
      "a future time",
      "v text, c timestamp",
      "(1, 'a', '2999-01-01')",
      "INSERT INTO %t VALUES (2, 'late', now() AT TIME ZONE 'utc')",
    ],
    ["the least integer", "v text, c int", "(1, 'a', -2147483648)", "UPDATE %t SET v = 'b'"],
    ["the least smallint", "v text, c smallint", "(1, 'a', -32768)", "INSERT INTO %t VALUES (2, 'b', -32768)"],
    ["a low oid", "v text, c oid", "(1, 'a', 20)", "INSERT INTO %t VALUES (2, 'b', 5)"],
    ["NULL", "v text, c int", "(1, 'a', NULL)", "UPDATE %t SET v = 'b'"],
    ["a text", "v text, c text", "(1, 'a', 'm')", "INSERT INTO %t VALUES (2, 'b', 'a')"],
  ]
  it.each(cases)("has what its cursor hides after the interval: %s", async (what, definition, first, later) => {
    const table = `hidden_${cases.findIndex(([name]) => name === what)}`
    await parts.client.query(
      `CREATE TABLE ${table} (id int PRIMARY KEY, ${definition}); INSERT INTO ${table} VALUES ${first}`,
    )
    const instance = parts.instance([{ table, cursor: "c", deletes: { reconcile: "1 second" } }])
    await pull(instance, table)
    await pull(instance, table)
    await parts.client.query(later.replaceAll("%t", table))
    await pullUntilEqual(instance, table)
  })

  it("sends nothing again of rows that share the highest value", async () => {
    await parts.client.query(`
      CREATE TABLE tied (id int PRIMARY KEY, v text, c timestamptz NOT NULL DEFAULT '2024-01-01Z'); CREATE INDEX ON tied (c);
      INSERT INTO tied SELECT g, 'x' FROM generate_series(1, 3000) g`)
    const instance = parts.instance([{ table: "tied", cursor: "c" }])
    await pull(instance, "tied")
    await parts.client.query("INSERT INTO tied VALUES (3001, 'y')")
    expect(await pull(instance, "tied")).toMatchObject({ read: 1, written: 1 })
    await parts.client.query("CREATE TABLE elsewhere (id int)")
    expect(await pull(instance, "tied")).toMatchObject({ read: 0, written: 0 })
  })
})
