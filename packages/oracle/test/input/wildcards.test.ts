import { decodeConfig } from "@starbase-replication/core/config"
import { check, readPast, replicate, type ReplicateOptions } from "@starbase-replication/core/run"
import type { ConnectorError, Sink } from "@starbase-replication/core/sink"
import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClock } from "../../src/FakeClock.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

/** A replicator over the schemas of one test, with a clock of its own. */
const replicator = (tables: ReadonlyArray<object>, more: object = {}, url = parts.url) => {
  const { object } = parts
  const { execute } = object()
  const clock = makeClock(() => 0)
  const using = <A>(effect: Effect.Effect<A, ConnectorError, Sink>) =>
    Effect.runPromise(Effect.provideService(Effect.provide(effect, layer(execute)), Clock.Clock, clock))
  const config = decodeConfig(
    {
      sources: { main: { type: "postgres", url: { secret: "URL" } } },
      tables: tables.map((table) => ({ source: "main", ...table })),
      ...more,
    },
    { connectors: [connector], secrets: () => url },
  )
  return {
    execute,
    clock,
    run: async (select: ReplicateOptions["select"] = "all") =>
      (await using(Effect.flatMap(config, (decoded) => replicate(decoded, { select, claim: true })))).tables,
    check: () => using(Effect.flatMap(config, check)),
    past: () => using(readPast),
  }
}

const outcomes = (results: ReadonlyArray<{ readonly table: string; readonly error: { code: string } | undefined }>) =>
  Object.fromEntries(results.map(({ table, error }) => [table, error?.code ?? "ok"]))

const rowsOf = (execute: Execute, table: string) => execute(`SELECT * FROM "${table}" ORDER BY 1`, [])

it("a table that a wildcard cannot take is its own trouble, and is listed", async () => {
  const { server } = parts
  await server.query(`CREATE SCHEMA w; CREATE TABLE w.orders (id int PRIMARY KEY); INSERT INTO w.orders VALUES (1)`)
  const { run, check: look, execute } = replicator([{ table: "w.*", whole: { rows: 1 } }])
  expect(outcomes(await run())).toEqual({ orders: "ok" })
  await server.query(`CREATE TABLE w.tmp_import (id int PRIMARY KEY); CREATE TABLE w."Orders" (id int PRIMARY KEY);
    CREATE TABLE w.keyless (v text); INSERT INTO w.keyless VALUES ('a'), ('a'); CREATE TABLE w.few (v text); INSERT INTO w.orders VALUES (2)`)
  const expected = { orders: "ok", tmp_import: "refused", Orders: "refused", keyless: "refused", few: "ok" }
  const results = await run()
  expect(outcomes(results)).toEqual(expected)
  expect(outcomes(await look())).toEqual(expected)
  expect(await rowsOf(execute, "orders")).toEqual([[1], [2]])
  const errors = new Map(results.map(({ table, error }) => [table, error]))
  expect(errors.get("Orders")?.message).toMatch(/^w\.Orders is left out: "Orders" is already the replica table of/)
  expect(errors.get("keyless")?.message).toMatch(/^w\.keyless is left out: w\.keyless has more than 1 row,/)
  expect(errors.get("keyless")?.hint).toContain('"except": ["w.keyless"]')
  // What was told once is not told at each tick.
  expect(outcomes(await run("due"))).toEqual({})
})

it("of two schemas with a table of one name the one that has it keeps it", async () => {
  const { server } = parts
  await server.query(`CREATE SCHEMA a; CREATE TABLE a.items (id int PRIMARY KEY); INSERT INTO a.items VALUES (1);
    CREATE SCHEMA b; CREATE TABLE b.items (id int PRIMARY KEY); INSERT INTO b.items VALUES (2);
    CREATE TABLE b.others (id int PRIMARY KEY)`)
  const { run, execute } = replicator([{ table: "b.*" }, { table: "a.*" }])
  const expected = { items: "ok", others: "ok", "a.items": "refused" }
  for (const _ of [1, 2]) {
    const results = await run()
    expect(Object.values(outcomes(results)).toSorted()).toEqual(["ok", "ok", "refused"])
    expect(await rowsOf(execute, "items")).toEqual([[2]])
  }
  expect(outcomes(await run())).toEqual(expected)
})

it("a listed table that is dropped says so, once, and goes on when it is there again", async () => {
  const { server } = parts
  await server.query(
    `CREATE SCHEMA g; CREATE TABLE g.one (id int PRIMARY KEY); CREATE TABLE g.two (id int PRIMARY KEY)`,
  )
  const { run, past, clock, execute } = replicator([{ table: "g.*" }])
  expect(outcomes(await run())).toEqual({ one: "ok", two: "ok" })
  await server.query("ALTER TABLE g.two RENAME TO three")
  clock.jump(61_000)
  expect(outcomes(await run("due"))).toEqual({ one: "ok", three: "ok", two: "table-missing" })
  clock.jump(61_000)
  expect(outcomes(await run("due"))).toEqual({ one: "ok", three: "ok" })
  expect((await past()).runs.get("two")?.failures).toBe(1)
  await server.query("ALTER TABLE g.three RENAME TO two; INSERT INTO g.two VALUES (7)")
  clock.jump(61_000)
  expect(outcomes(await run("due"))).toEqual({ one: "ok", two: "ok", three: "table-missing" })
  expect(await rowsOf(execute, "two")).toEqual([[7]])
})

it("rows, bytes and queries are shared among the tables that wait for them", async () => {
  const { server } = parts
  await server.query(`CREATE SCHEMA s;
    CREATE TABLE s.large (id int PRIMARY KEY, v text); INSERT INTO s.large SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g;
    CREATE TABLE s.larger (id int PRIMARY KEY, v text); INSERT INTO s.larger SELECT * FROM s.large;
    CREATE TABLE s.small (id int PRIMARY KEY); INSERT INTO s.small SELECT generate_series(1, 10)`)
  for (const budget of [{ rows: 500 }, { bytes: 50_000 }, { queries: 8 }]) {
    const { run, execute } = replicator([{ table: "s.*" }], { budget })
    const results = await run()
    expect(results.map(({ table, read, more }) => [table, read > 0, more])).toEqual([
      ["large", true, true],
      ["larger", true, true],
      ["small", true, false],
    ])
    expect(await rowsOf(execute, "small")).toHaveLength(10)
  }
})

it("a table of which row level security hides rows is refused by check and by a run", async () => {
  const { server, url } = parts
  await server.query(`CREATE SCHEMA r; CREATE TABLE r.rows (id int PRIMARY KEY); INSERT INTO r.rows SELECT generate_series(1, 50);
    ALTER TABLE r.rows ENABLE ROW LEVEL SECURITY; CREATE ROLE bound LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA r TO bound;
    GRANT SELECT ON ALL TABLES IN SCHEMA r TO bound`)
  const bound = new URL(url)
  bound.username = "bound"
  bound.password = "p"
  const source = { type: "postgres", url: { secret: "URL" } }
  const { run, check: look } = replicator([{ table: "r.*" }], { sources: { main: source } }, bound.href)
  expect(outcomes(await look())).toEqual({ rows: "forbidden" })
  expect(outcomes(await run())).toEqual({ rows: "forbidden" })
  await server.query("CREATE POLICY even ON r.rows USING (id % 2 = 0)")
  const sources = { main: { ...source, rowSecurity: "accept" } }
  const accepting = replicator([{ table: "r.*" }], { sources }, bound.href)
  expect(outcomes(await accepting.run())).toEqual({ rows: "ok" })
  expect(await rowsOf(accepting.execute, "rows")).toHaveLength(25)
})
