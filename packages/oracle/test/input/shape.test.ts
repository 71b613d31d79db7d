import { decodeConfig } from "@starbase-replication/core/config"
import { readPast, replicate } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClock } from "../../src/FakeClock.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
let tables = 0
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

/** A table of one test with its replicator, cursor `u`; `columns` are the table's. */
const replicated = async (columns: string, fill: (table: string) => string, more: object = {}) => {
  const { server, url, object } = parts
  const name = `shape_${tables++}`
  const { execute } = object()
  const clock = makeClock(() => 0)
  const config = (budget: object) =>
    decodeConfig(
      {
        sources: { main: { type: "postgres", url: { secret: "URL" } } },
        tables: [{ source: "main", table: `public.${name}`, into: "x", cursor: "u", ...more }],
        ...budget,
      },
      { connectors: [connector], secrets: () => url },
    )
  const query = (sql: string) => server.query(sql.replaceAll("TABLE_X", name))
  await query(`CREATE TABLE TABLE_X (${columns}); ${fill(name)}`)
  return {
    query,
    run: async (budget: object = {}) => {
      clock.jump(1000)
      const effect = Effect.flatMap(config(budget), (decoded) => replicate(decoded, { select: "all", claim: true }))
      const provided = Effect.provideService(Effect.provide(effect, layer(execute)), Clock.Clock, clock)
      const [result] = (await Effect.runPromise(provided)).tables
      return result
    },
    drift: async () => {
      const past = Effect.provide(readPast, layer(execute))
      expect((await Effect.runPromise(past)).runs.size).toBe(1)
      const [row] = await execute("SELECT drift->>'changes' FROM tmp_replication_tables", [])
      return JSON.parse(String(row?.[0] ?? "[]")) as ReadonlyArray<string>
    },
    rows: (sql: string) => execute(sql, []),
  }
}

/** Five rows of values `v`, whose cursors lie on different days, so that a tail sees only the newest. */
const five = (value: string) => (table: string) =>
  `INSERT INTO ${table} SELECT g, ${value}, '2024-01-01Z'::timestamptz + g * interval '1 day' FROM generate_series(1, 5) g`

const keyed = (type: string) => `id int PRIMARY KEY, v ${type}, u timestamptz NOT NULL`

describe("a column whose replica type stays", () => {
  it.each([
    ["numeric(10,2)", "g + 0.25", "numeric(10,4)", "", "5.2500"],
    ["numeric(10,4)", "g + 0.25", "numeric(10,1)", "", "5.3"],
    ["timestamp(6)", "'2024-01-01 10:00:00.6'", "timestamp(0)", "", "2024-01-01T10:00:01.000000"],
    ["varchar", "'a' || g", "text", "USING upper(v)", "A5"],
    ["float4", "0.1", "float8", "", 0.10000000149011612],
    ["char(5)", "'a'", "text", "", "a"],
    ["text", "'10.0.0.' || g", "inet", "USING v::inet", "10.0.0.5"],
    ["interval", "interval '1.6 seconds'", "interval(0)", "", "00:00:02"],
    ["numeric[]", "array[1.50]", "text[]", "", '["1.50"]'],
    ['text COLLATE "C"', "'a'", 'text COLLATE "POSIX"', "", "a"],
  ])("from %s of %s to %s %s", async (before, value, after, using, expected) => {
    const { query, run, rows, drift } = await replicated(keyed(before), five(value))
    expect((await run())?.error).toBeUndefined()
    await query(`ALTER TABLE TABLE_X ALTER v TYPE ${after} ${using}`)
    expect((await run())?.error).toBeUndefined()
    expect(await drift()).toHaveLength(1)
    expect((await rows("SELECT v FROM x ORDER BY id")).at(-1)).toEqual([expected])
    expect(await rows("SELECT count(DISTINCT v) FROM x")).toEqual([[String(value).includes("g") ? 5 : 1]])
    expect((await run())?.details?.drift).toBeUndefined()
  })

  it.each([
    ["dropped and added again", "int", "g", "ALTER TABLE TABLE_X DROP COLUMN v, ADD COLUMN v int DEFAULT 7", 7],
    ["with a label renamed", "mood_1", "'a'", "ALTER TYPE mood_1 RENAME VALUE 'a' TO 'aa'", "aa"],
    ["that is a domain over an enum", "d_mood_2", "'a'", "ALTER TYPE mood_2 RENAME VALUE 'a' TO 'aa'", "aa"],
    ["of an enum in an array", "mood_3[]", "'{a}'", "ALTER TYPE mood_3 RENAME VALUE 'a' TO 'aa'", '["aa"]'],
    ["that is a composite", "pair", "row(1,2)::pair", "ALTER TYPE pair ADD ATTRIBUTE c int", "(1,2,)"],
    [
      "of composites within one",
      "outer_pair",
      "row(row(1,2)::inner_pair,3)::outer_pair",
      "ALTER TYPE inner_pair ADD ATTRIBUTE c int",
      '("(1,2,)",3)',
    ],
  ])("%s", async (_, type, value, change, expected) => {
    const { server } = parts
    await server.query(`
      DROP TYPE IF EXISTS mood_1, mood_2, mood_3, d_mood_2, pair, outer_pair, inner_pair CASCADE;
      CREATE TYPE mood_1 AS ENUM ('a', 'b'); CREATE TYPE mood_2 AS ENUM ('a', 'b'); CREATE TYPE mood_3 AS ENUM ('a', 'b');
      CREATE DOMAIN d_mood_2 AS mood_2; CREATE TYPE pair AS (a int, b int);
      CREATE TYPE inner_pair AS (a int, b int); CREATE TYPE outer_pair AS (i inner_pair, b int)`)
    const { query, run, rows, drift } = await replicated(keyed(type), five(value))
    expect((await run())?.error).toBeUndefined()
    await query(change)
    expect((await run())?.error).toBeUndefined()
    expect(await drift()).toEqual(['column "v" is another one'])
    expect(await rows("SELECT DISTINCT v FROM x")).toEqual([[expected]])
  })

  it("that is generated otherwise", async () => {
    const { query, run, rows, drift } = await replicated(
      `id int PRIMARY KEY, u timestamptz NOT NULL, v int GENERATED ALWAYS AS (id * 2) STORED`,
      (table) =>
        `INSERT INTO ${table} SELECT g, '2024-01-01Z'::timestamptz + g * interval '1 day' FROM generate_series(1, 5) g`,
    )
    await run()
    await query("ALTER TABLE TABLE_X ALTER v SET EXPRESSION AS (id * 3)")
    await run()
    expect(await drift()).toEqual(['column "v" is another one'])
    expect(await rows("SELECT v FROM x ORDER BY id")).toEqual([[3], [6], [9], [12], [15]])
  })

  it("that has exchanged its name with another", async () => {
    const { query, run, rows } = await replicated(
      "id int PRIMARY KEY, a text, b text, u timestamptz NOT NULL",
      five("'a' || g, 'b' || g"),
    )
    await run()
    await query(
      "ALTER TABLE TABLE_X RENAME a TO t; ALTER TABLE TABLE_X RENAME b TO a; ALTER TABLE TABLE_X RENAME t TO b",
    )
    await run()
    expect(await rows("SELECT a, b FROM x WHERE a NOT GLOB 'b*' OR b NOT GLOB 'a*'")).toEqual([])
  })

  it("that only a filter names", async () => {
    await parts.server.query("CREATE TYPE level AS ENUM ('low', 'high')")
    const more = { columns: ["id", "u"], where: [{ column: "v", op: "eq", value: "low" }] }
    const { query, run, rows, drift } = await replicated(keyed("level"), five("'low'"), more)
    await run()
    await query("ALTER TYPE level RENAME VALUE 'low' TO 'lower'; ALTER TYPE level RENAME VALUE 'high' TO 'low'")
    await run()
    expect(await drift()).toEqual(['column "v" is another one'])
    expect(await rows("SELECT count(*) FROM x")).toEqual([[0]])
  })
})

describe("a table or view that is another one", () => {
  const other = `CREATE TABLE TABLE_X_new (${keyed("text")}); ${five("'new'")("TABLE_X_new")};`
  it.each([
    ["swapped", `${other} ALTER TABLE TABLE_X RENAME TO TABLE_X_old; ALTER TABLE TABLE_X_new RENAME TO TABLE_X`],
    ["dropped and made again", `${other} DROP TABLE TABLE_X; ALTER TABLE TABLE_X_new RENAME TO TABLE_X`],
  ])("%s", async (_, change) => {
    const { query, run, rows, drift } = await replicated(keyed("text"), five("'old'"))
    await run()
    await query(change)
    await run()
    expect(await drift()).toEqual(["the table is another one"])
    expect(await rows("SELECT DISTINCT v FROM x")).toEqual([["new"]])
  })

  it.each([
    ["itself", "CREATE OR REPLACE VIEW TABLE_X AS SELECT id, v || '!' AS v, u FROM TABLE_X_beneath", "a!"],
    [
      "in a view beneath it",
      "CREATE OR REPLACE VIEW TABLE_X_beneath AS SELECT id, v || '?' AS v, u FROM TABLE_X_base",
      "a?",
    ],
  ])("a view defined otherwise, %s", async (_, change, expected) => {
    const { query, run, rows, drift } = await replicated(keyed("text"), five("'a'"), { key: ["id"] })
    await query(`ALTER TABLE TABLE_X RENAME TO TABLE_X_base;
      CREATE VIEW TABLE_X_beneath AS SELECT * FROM TABLE_X_base; CREATE VIEW TABLE_X AS SELECT * FROM TABLE_X_beneath`)
    await run()
    // What a view reads may be called otherwise without being another.
    await query("ALTER TABLE TABLE_X_base RENAME TO TABLE_X_other; ALTER TABLE TABLE_X_other RENAME v TO w")
    expect((await run())?.details?.drift).toBeUndefined()
    await query("ALTER TABLE TABLE_X_other RENAME w TO v; ALTER TABLE TABLE_X_other RENAME TO TABLE_X_base")
    await query(change)
    await run()
    expect(await drift()).toEqual(["the view is another one"])
    expect(await rows("SELECT DISTINCT v FROM x")).toEqual([[expected]])
  })
})

it("what changes no value is no drift", async () => {
  const { query, run } = await replicated(`${keyed("numeric(10,2)")}, CONSTRAINT named CHECK (id > 0)`, five("g"))
  await run()
  for (const change of [
    "ALTER TABLE TABLE_X RENAME CONSTRAINT named TO renamed",
    "ANALYZE TABLE_X",
    "VACUUM FULL TABLE_X",
    "CREATE INDEX ON TABLE_X (v)",
    "ALTER TABLE TABLE_X ALTER v SET DEFAULT 3",
    "ALTER TABLE TABLE_X ALTER v SET NOT NULL, ALTER v SET STATISTICS 10",
    "COMMENT ON COLUMN TABLE_X.v IS 'c'; GRANT SELECT ON TABLE_X TO public",
  ]) {
    await query(change)
    const result = await run()
    expect([change, result?.error, result?.details?.drift]).toEqual([change, undefined, undefined])
  }
})

it.each(["freeze", "fail"])("with drift %s, another column of the same name is refused", async (drift) => {
  const { query, run, rows } = await replicated(keyed("numeric(10,2)"), five("g"), { drift })
  await run()
  await query("ALTER TABLE TABLE_X ALTER v TYPE numeric(10,4)")
  expect((await run())?.error).toMatchObject({
    code: "schema-changed",
    message: expect.stringContaining('column "v" was numeric(10,2) and is numeric(10,4)'),
  })
  expect(await rows("SELECT v FROM x WHERE id = 5")).toEqual([["5.00"]])
})

describe("a position taken under another key or cursor", () => {
  it.each([
    ["char(5)", "chr(96 + g)", "text", "a"],
    [
      "timestamp(6)",
      "'2024-01-01 10:00:00.6'::timestamp + g * interval '1 minute'",
      "timestamp(0)",
      "2024-01-01T10:01:01.000000",
    ],
    ["numeric(10,0)", "g", "numeric(10,2)", "1.00"],
  ])("key %s of %s becomes %s", async (before, value, after, first) => {
    const { query, run, rows } = await replicated(
      `code ${before} PRIMARY KEY, u timestamptz NOT NULL`,
      (table) =>
        `INSERT INTO ${table} SELECT ${value}, '2024-01-01Z'::timestamptz + g * interval '1 day' FROM generate_series(1, 5) g`,
    )
    await run()
    await query(`ALTER TABLE TABLE_X ALTER code TYPE ${after}`)
    await run()
    await run()
    expect(await rows("SELECT count(*), min(code) FROM x")).toEqual([[5, first]])
  })

  it.each(["key", "cursor"])("an enum that is the %s has a label renamed", async (use) => {
    const { server } = parts
    await server.query("DROP TYPE IF EXISTS step CASCADE; CREATE TYPE step AS ENUM ('a', 'b', 'c', 'd', 'e')")
    const columns = use === "key" ? "k step PRIMARY KEY, u int" : "k int PRIMARY KEY, u step NOT NULL"
    const values = use === "key" ? "chr(96 + g)::step, g" : "g, chr(96 + g)::step"
    const { query, run, rows } = await replicated(
      columns,
      (table) => `INSERT INTO ${table} SELECT ${values} FROM generate_series(1, 5) g`,
      { batchSize: 2 },
    )
    // A load that is under way, and one that was complete.
    for (const [budget, from, to] of [
      [{ budget: { rows: 2 } }, "b", "bb"],
      [{}, "e", "ee"],
    ] as const) {
      expect((await run(budget))?.error).toBeUndefined()
      await query(`ALTER TYPE step RENAME VALUE '${from}' TO '${to}'`)
    }
    expect((await run())?.error).toBeUndefined()
    expect(await rows(`SELECT ${use === "key" ? "k" : "u"} FROM x ORDER BY 1`)).toEqual([
      ["a"],
      ["bb"],
      ["c"],
      ["d"],
      ["ee"],
    ])
  })

  it.each([
    ["another collation", 'text COLLATE "und-x-icu"', 'text COLLATE "C"'],
    ["another type", 'text COLLATE "C"', 'varchar COLLATE "und-x-icu"'],
  ])("a first load goes on under %s", async (_, before, after) => {
    const { query, run, rows } = await replicated(
      `k ${before} PRIMARY KEY, u timestamptz NOT NULL`,
      (table) =>
        `INSERT INTO ${table} SELECT (CASE WHEN g % 2 = 0 THEN 'a' ELSE 'B' END) || g, '2024-01-01Z' FROM generate_series(1, 400) g`,
      { batchSize: 100 },
    )
    expect((await run({ budget: { rows: 100 } }))?.more).toBe(true)
    await query(`ALTER TABLE TABLE_X ALTER k TYPE ${after}`)
    while ((await run({ budget: { rows: 100 } }))?.more === true);
    expect(await rows("SELECT count(*) FROM x")).toEqual([[400]])
  })
})
