import { describeOne } from "@starbase-replication/connector-testing"
import { type ConnectorError, type Row, Source, type WholeRequest } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, failureOf, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("whole")
  await database.query(`
    CREATE TABLE parted (a int, b text) PARTITION BY LIST (a);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
    CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
    INSERT INTO parted VALUES (1, 'x'), (1, 'x'), (2, NULL), (NULL, NULL), (NULL, NULL);
    CREATE TABLE parent (a int, b text);
    CREATE TABLE child (c int) INHERITS (parent);
    INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (1, 'x', 5);
    CREATE VIEW viewed AS SELECT a, b FROM parted;
    CREATE MATERIALIZED VIEW stored AS SELECT a, b FROM parted;
    CREATE TABLE wide (v text); INSERT INTO wide SELECT repeat('ü', 100000) FROM generate_series(1, 40);
    CREATE TABLE failing (v int); INSERT INTO failing SELECT g FROM generate_series(-300, 300) g;
    CREATE VIEW divided AS SELECT 1 / v AS v FROM failing;
    CREATE TABLE plain_unique (a int, b int, UNIQUE (a, b));
    CREATE TABLE not_distinct (a int, UNIQUE NULLS NOT DISTINCT (a));
    CREATE TABLE partial (a int); CREATE UNIQUE INDEX ON partial (a) WHERE a > 0;
    CREATE TABLE expressed (a text); CREATE UNIQUE INDEX ON expressed (lower(a));
    CREATE TABLE keyed ("Id" int, id text, "we""ird" int)`)
})
afterAll(() => server?.stop())

const run = <A>(effect: Effect.Effect<A, ConnectorError, Source>, more = {}) =>
  Effect.runPromise(withSource(byUrl(database.url, more), effect))

const wholeOf = (name: string, more: Partial<WholeRequest> = {}) =>
  Effect.gen(function* () {
    const { readWhole } = yield* Source
    const table = yield* describeOne("public", name)
    const request = { table, columns: table.columns, where: [], hashed: false, pageRows: 2, pageBytes: 700_000 }
    const begun = readWhole?.({ ...request, most: { rows: 1000, bytes: 100_000_000 }, ...more })
    return yield* begun ?? Effect.die("it reads no table whole")
  })

const all = (name: string, more: Partial<WholeRequest> = {}) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { next } = yield* wholeOf(name, more)
      const rows: Array<Row> = []
      for (let page = yield* next; page !== undefined; page = yield* next) rows.push(...page)
      return rows
    }),
  )

const sorted = (rows: ReadonlyArray<Row>) => rows.map((row) => JSON.stringify(row)).toSorted()

describe("a table that is read whole", () => {
  const rows = [
    ["1", "x"],
    ["1", "x"],
    ["2", null],
    [null, null],
    [null, null],
  ]

  it.each(["parted", "viewed", "stored"])("may be %s", async (name) => {
    expect(sorted(await run(all(name)))).toEqual(sorted(rows))
  })

  it("has the rows of those that inherit from it", async () => {
    expect(await run(all("parent"))).toEqual([
      ["1", "x"],
      ["1", "x"],
    ])
  })

  it("shows one moment, and a transaction in flight does not come in between", async () => {
    await database.query("CREATE TABLE moved (a int); INSERT INTO moved SELECT g FROM generate_series(1, 10) g")
    const read = Effect.scoped(
      Effect.gen(function* () {
        const { next } = yield* wholeOf("moved")
        const first = (yield* next) ?? []
        yield* Effect.promise(() => database.query("UPDATE moved SET a = -a; INSERT INTO moved VALUES (99)"))
        const rest: Array<Row> = []
        for (let page = yield* next; page !== undefined; page = yield* next) rest.push(...page)
        return [...first, ...rest].map(([a]) => Number(a)).toSorted((x, y) => x - y)
      }),
    )
    expect(await run(read)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it("leaves no transaction behind, once it has come, was left or has failed", async () => {
    const states = () =>
      database.query("SELECT state FROM pg_stat_activity WHERE application_name = 'starbase-replication'")
    const asked = Effect.gen(function* () {
      yield* all("parted")
      const after = yield* Effect.promise(states)
      yield* Effect.scoped(Effect.flatMap(wholeOf("parted"), ({ next }) => next))
      const failure = yield* failureOf(all("divided", { pageRows: 500 }))
      const rows = yield* all("parted")
      return { after, failure: failure.code, rows: rows.length, last: yield* Effect.promise(states) }
    })
    const found = await run(asked)
    expect(found).toMatchObject({ failure: "unsupported", rows: 5 })
    expect([found.after, found.last]).toEqual([[["idle"]], [["idle"]]])
  })

  it("is never held beyond its bound, however few characters its bytes are", async () => {
    const failure = await run(failureOf(all("wide", { pageRows: 1000, most: { rows: 1000, bytes: 5_000_000 } })))
    expect(failure).toMatchObject({ code: "too-large", message: expect.stringContaining("more than 5 MB") })
    const read = await run(all("wide", { pageRows: 1000, most: { rows: 1000, bytes: 9_000_000 } }))
    expect(read).toHaveLength(40)
  })
})

describe("what there is in the place of a key", () => {
  it.each([
    ["plain_unique", ["a", "b"]],
    ["not_distinct", ["a"]],
    ["partial", undefined],
    ["expressed", undefined],
    ["parted", undefined],
  ])("of %s", async (name, expected) => {
    const table = await run(describeOne("public", name))
    expect(table.key).toEqual([])
    expect(table.nullableKey).toEqual(expected)
  })

  it("is a statement that gives the table one", async () => {
    const { addKey = "none" } = await run(describeOne("public", "keyed"))
    expect(addKey).toBe(
      'ALTER TABLE "public"."keyed" ADD COLUMN "id_2" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    )
    await database.query(addKey)
    expect(await run(describeOne("public", "keyed"))).toMatchObject({ key: ["id_2"] })
    for (const name of ["viewed", "parted", "parent"])
      expect((await run(describeOne("public", name))).addKey).toBeUndefined()
  })
})
