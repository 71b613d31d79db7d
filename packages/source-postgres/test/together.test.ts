import { describeOne, walk } from "@starbase-replication/connector-testing"
import { type ReadRequest, Source } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("together")
  await database.query(`
    CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a SELECT g, 'a' || g FROM generate_series(1, 20) g;
    CREATE TABLE b (id int PRIMARY KEY, v text); INSERT INTO b VALUES (1, NULL);
    CREATE TABLE empty (id int PRIMARY KEY);
    CREATE TABLE gone (id int PRIMARY KEY);
    CREATE TABLE retyped (id int PRIMARY KEY, v bytea); INSERT INTO retyped VALUES (1, 'x');
    CREATE TABLE failing (id int PRIMARY KEY, v int); INSERT INTO failing VALUES (1, 0);
    CREATE VIEW divided AS SELECT id, 1 / v AS v FROM failing;
    CREATE TABLE wide (id int PRIMARY KEY, v text); INSERT INTO wide SELECT g, repeat('x', 1000000) FROM generate_series(1, 12) g`)
})
afterAll(() => server?.stop())

const run = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(byUrl(database.url), effect))

const pids = () => database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'starbase-replication'")

/** Reads the first pages of tables together. */
const together = (names: ReadonlyArray<string>, change: Effect.Effect<unknown> = Effect.void) =>
  Effect.gen(function* () {
    const source = yield* Source
    const tables = yield* Effect.forEach(names, (name) => describeOne("public", name))
    yield* change
    const requests = tables.map((table): ReadRequest => ({
      table,
      columns: table.columns,
      where: [],
      order: ["id"],
      after: undefined,
      limit: 100,
      maxBytes: 1_500_000,
    }))
    const pages = yield* source.readMany?.(requests) ?? Effect.succeed([])
    return yield* Effect.forEach(pages, (page) =>
      page === undefined
        ? Effect.undefined
        : Effect.map(page.rows, (rows) => ({ rows: rows.length, done: page.done, first: rows[0] })),
    )
  })

describe("pages that are read together", () => {
  it("are each table's own, and a table that fails has none and spoils no other", async () => {
    await run(
      Effect.gen(function* () {
        const change = Effect.promise(() =>
          database.query("DROP TABLE gone; ALTER TABLE retyped ALTER v TYPE text USING encode(v, 'escape')"),
        )
        const read = yield* together(["gone", "a", "divided", "b", "retyped", "empty", "a"], change)
        const a = { rows: 20, done: true, first: ["1", "a1"] }
        const expected = [undefined, a, undefined, { rows: 1, done: true, first: ["1", null] }, undefined]
        expect(read).toEqual([...expected, { rows: 0, done: true, first: undefined }, a])
        const before = yield* Effect.promise(pids)
        // The connection goes on.
        const alone = yield* Effect.flatMap(describeOne("public", "a"), (table) => walk({ table, order: ["id"] }))
        expect(alone.rows).toHaveLength(20)
        expect(yield* Effect.promise(pids)).toEqual(before)
      }),
    )
  })

  it("end with one whose rest is too long to be read past; those behind it are read alone", async () => {
    await run(
      Effect.gen(function* () {
        expect(yield* together(["a", "wide", "b"])).toEqual([
          { rows: 20, done: true, first: ["1", "a1"] },
          { rows: 2, done: false, first: ["1", "x".repeat(1_000_000)] },
          undefined,
        ])
        expect(yield* together(["a", "b"])).toMatchObject([{ rows: 20 }, { rows: 1 }])
      }),
    )
  })

  it("are there for two hundred tables", async () => {
    const read = await run(together(Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? "a" : "b"))))
    expect(read.map((page) => page?.rows)).toEqual(Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 20 : 1)))
  })
})
