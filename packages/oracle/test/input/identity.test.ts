import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await parts.server.query(`CREATE EXTENSION IF NOT EXISTS citext;
    CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
})
afterAll(() => parts?.stop())

const deletes = { reconcile: "0 seconds" }

/** A table that is made, and a replica of it; `keys` gives the replica's keys as they are spelled. */
const replica = async (name: string, sql: string, entry: object = {}) => {
  const { server, url, object } = parts
  const { execute } = object()
  await server.query(sql)
  const table = { table: `public.${name}`, into: name, deletes, ...entry }
  return {
    execute,
    run: (options = {}) => runTable({ url, execute }, table, options),
    keys: async () => (await execute(`SELECT * FROM "${name}" ORDER BY 1`, [])).map(([key]) => key),
    rows: () => execute(`SELECT * FROM "${name}" ORDER BY 1`, []),
  }
}

describe("a key is what the source spells", () => {
  const spelled: ReadonlyArray<readonly [name: string, type: string, before: string, after: string, told: string]> = [
    ["kc", "citext", "Foo", "foo", "foo"],
    ["kn", "numeric", "1.0", "1.00", "1.00"],
    ["ki", "interval", "1 mon", "30 days", "30 days"],
    ["kj", "jsonb", "1.0", "1.00", "1.00"],
    ["kt", "text COLLATE caseless", "a", "A", "A"],
  ]
  it.each(spelled)("%s: %s from %s to %s", async (name, type, before, after, told) => {
    const { run, keys } = await replica(
      name,
      `CREATE TABLE ${name} (k ${type} PRIMARY KEY, v text); INSERT INTO ${name} VALUES ('${before}', '1')`,
    )
    await run()
    await parts.server.query(`UPDATE ${name} SET k = '${after}'`)
    // One run pulls and reconciles.
    for (const _ of [1, 2]) {
      expect((await run()).error).toBeUndefined()
      expect(await keys()).toEqual([told])
    }
    expect((await run({ verify: { repair: false } })).verification).toMatchObject({ differing: 0, settled: 0 })
  })

  it("also where its cursor did not move, and beside rows that are gone", async () => {
    const { run, keys } = await replica(
      "kx",
      `CREATE TABLE kx (k citext PRIMARY KEY, v int, u timestamptz DEFAULT '2020-01-01');
      INSERT INTO kx VALUES ('Ann', 1), ('Bob', 2), ('Cy', 3)`,
      { cursor: "u" },
    )
    await run()
    await parts.server.query(`UPDATE kx SET k = lower(k) WHERE v = 1; DELETE FROM kx WHERE v = 3`)
    expect(await run()).toMatchObject({ error: undefined, deleted: 2 })
    expect(await keys()).toEqual(["Bob", "ann"])
  })

  it("also where the type of the key changed, and where keys are long", async () => {
    const { run, keys } = await replica(
      "ku",
      `CREATE TABLE ku (k text PRIMARY KEY, v int);
      INSERT INTO ku SELECT upper(gen_random_uuid()::text), g FROM generate_series(1, 50) g`,
    )
    await run()
    await parts.server.query(`ALTER TABLE ku ALTER k TYPE uuid USING k::uuid`)
    await run()
    expect((await run()).error).toBeUndefined()
    const there = await parts.server.query(`SELECT k::text AS k FROM ku`)
    expect((await keys()).toSorted()).toEqual(there.map((row) => String(Object.values(row)[0])).toSorted())
    const long = await replica(
      "kl",
      `CREATE TABLE kl (k text PRIMARY KEY); INSERT INTO kl SELECT g || repeat('"', 2000) FROM generate_series(1, 1500) g`,
    )
    await long.run()
    await parts.server.query(`DELETE FROM kl WHERE k LIKE '7%'; UPDATE kl SET k = 'x' || k WHERE k LIKE '1%'`)
    for (const _ of [1, 2]) expect((await long.run()).error).toBeUndefined()
    expect((await long.run({ verify: { repair: false } })).verification).toMatchObject({ differing: 0, settled: 0 })
  })

  it("and a verification names the spelling that is too many", async () => {
    const { run, keys } = await replica(
      "kv",
      `CREATE TABLE kv (k citext PRIMARY KEY); INSERT INTO kv VALUES ('Foo'), ('bar')`,
      { deletes: "ignore" },
    )
    await run()
    await parts.server.query(`UPDATE kv SET k = 'foo' WHERE k = 'Foo'`)
    await run()
    const { verification } = await run({ verify: { repair: false } })
    expect(verification).toMatchObject({ differing: 1, keys: [{ key: ["Foo"], kind: "extra" }] })
    expect((await run({ verify: { repair: true } })).verification).toMatchObject({ differing: 0, repaired: 1 })
    expect(await keys()).toEqual(["bar", "foo"])
  })
})

describe("what the source has and the replica lacks", () => {
  it.each([
    ["mi", "int", "id + 10000", ""],
    ["mu", "uuid", "md5(id::text)::uuid", ""],
    ["mt", "text", "id || 'x'", "::text"],
    ["mc", `text COLLATE caseless`, "upper(id)", " || 'a'"],
  ])("%s comes with a reconciliation though its cursor did not move", async (name, type, changed, suffix) => {
    const made = type === "uuid" ? "gen_random_uuid()" : `(n${suffix})`
    const { run, keys } = await replica(
      name,
      `CREATE TABLE ${name} (id ${type} PRIMARY KEY, n int, u timestamptz DEFAULT '2020-01-01');
      INSERT INTO ${name} SELECT ${made}, n FROM generate_series(1, 2500) n`,
      { cursor: "u" },
    )
    await run()
    await parts.server.query(`UPDATE ${name} SET id = ${changed} WHERE n IN (3, 4, 1300);
      INSERT INTO ${name} SELECT ${type === "uuid" ? "gen_random_uuid()" : `((n + 5000)${suffix})`}, n, '1999-01-01' FROM generate_series(1, 50) n`)
    const result = await run()
    expect([result.error, result.deleted]).toEqual([undefined, 3])
    const there = await parts.server.query(`SELECT id::text AS id FROM ${name}`)
    expect((await keys()).map(String).toSorted()).toEqual(there.map((row) => String(Object.values(row)[0])).toSorted())
    expect((await run({ verify: { repair: false } })).verification).toMatchObject({ differing: 0, settled: 0 })
  })

  it("of a view, rows without a key left out", async () => {
    const { run, keys } = await replica(
      "vw",
      `CREATE TABLE vt (id int); INSERT INTO vt VALUES (1), (NULL), (2); CREATE VIEW vw AS SELECT id, 'x' AS v FROM vt`,
      { key: ["id"] },
    )
    await run()
    await run()
    expect(await keys()).toEqual([1, 2])
    const { error, verification } = await run({ verify: { repair: true } })
    expect([error, verification]).toMatchObject([undefined, { checked: 2, differing: 0, settled: 0 }])
  })
})

describe("a verification", () => {
  it("tells what a pull in between has settled", async () => {
    const { server, url, object } = parts
    await server.query(
      `CREATE TABLE st (id int PRIMARY KEY, v text); INSERT INTO st SELECT g, 'v' FROM generate_series(1, 10) g`,
    )
    const inner = object().execute
    let changed = false
    // A row that comes, and one that changes, once the pull before the comparison is done.
    const execute: typeof inner = async (sql, params) => {
      if (changed && sql.includes("DELETE FROM tmp_replication_differences")) {
        changed = false
        await server.query(`INSERT INTO st VALUES (11, 'new'); UPDATE st SET v = 'other' WHERE id = 5`)
      }
      return inner(sql, params)
    }
    const table = { table: "public.st", deletes: "ignore" }
    await runTable({ url, execute }, table)
    changed = true
    const { verification } = await runTable({ url, execute }, table, { verify: { repair: false } })
    expect(verification).toMatchObject({ checked: 11, differing: 0, settled: 2 })
    const again = await runTable({ url, execute }, table, { verify: { repair: false } })
    expect(again.verification).toMatchObject({ checked: 11, differing: 0, settled: 0 })
  })

  it("of a column called value, in any case, finds the row that is too many", async () => {
    for (const [name, column] of [
      ["va", "value"],
      ["vb", `"VALUE"`],
      ["vc", `"Value"`],
    ] as const) {
      const { run } = await replica(
        name,
        `CREATE TABLE ${name} (id int PRIMARY KEY, ${column} text); INSERT INTO ${name} VALUES (1, 'red'), (2, '["2"]'), (3, 'green')`,
        { deletes: "ignore" },
      )
      await run()
      await parts.server.query(`DELETE FROM ${name} WHERE id = 2`)
      const { error, verification } = await run({ verify: { repair: false } })
      expect([error, verification]).toMatchObject([undefined, { differing: 1, keys: [{ key: ["2"], kind: "extra" }] }])
    }
  })

  it("of a hundred columns compares them all", async () => {
    const columns = Array.from({ length: 99 }, (_, at) => `c${at} text DEFAULT 'v${at}'`)
    const { run, execute } = await replica(
      "wide",
      `CREATE TABLE wide (id int PRIMARY KEY, ${columns.join(", ")}); INSERT INTO wide VALUES (1), (2)`,
      { cursor: "id", overlap: 0 },
    )
    await run()
    await execute("UPDATE wide SET c98 = 'other' WHERE id = 1", [])
    expect((await run({ verify: { repair: true } })).verification).toMatchObject({ differing: 0, repaired: 1 })
  })

  it("repairs no row that is set aside", async () => {
    const { run } = await replica(
      "big",
      `CREATE TABLE big (id int PRIMARY KEY, v text, n numeric); INSERT INTO big VALUES (1, repeat('x', 2100000), 1), (2, 'x', 1.5)`,
      { as: { n: "integer" } },
    )
    expect((await run()).rejected).toBe(2)
    const { verification } = await run({ verify: { repair: true } })
    expect(verification).toMatchObject({ differing: 2, repaired: 0, settled: 0 })
  })
})

it("values of two megabytes are stored as they are", async () => {
  const { run, execute } = await replica(
    "sizes",
    `CREATE TABLE sizes (id int PRIMARY KEY, t text, b bytea); INSERT INTO sizes VALUES
      (1, NULL, decode(repeat('00ff5c27', 275000), 'hex')), (2, repeat('"', 1100000), NULL), (3, repeat(E'\\x01', 400000), '')`,
  )
  expect(await run()).toMatchObject({ rejected: 0, written: 3 })
  expect(await execute("SELECT id, length(t), length(b), hex(substr(b, -4)) FROM sizes", [])).toEqual([
    [1, null, 1_100_000, "00FF5C27"],
    [2, 1_100_000, null, ""],
    [3, 400_000, 0, ""],
  ])
  expect((await run({ verify: { repair: false } })).verification).toMatchObject({ differing: 0, settled: 0 })
})
