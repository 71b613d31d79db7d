import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import { Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

/** A table of 1000 rows and its replica. */
const replica = async (name: string, entry: object, more = "") => {
  const { server, url, object } = parts
  const { execute } = object()
  await server.query(`CREATE TABLE ${name} (id int PRIMARY KEY, v text${more});
    INSERT INTO ${name} SELECT g, 'v' FROM generate_series(1, 1000) g`)
  const table = { table: `public.${name}`, into: name, ...entry }
  const run = (options = {}) => runTable({ url, execute }, table, options)
  await run()
  return {
    run,
    count: async () => (await execute(`SELECT count(*) FROM "${name}"`, []))[0]?.[0],
    confirm: () => confirm(execute, name),
  }
}

const confirm = (execute: Execute, into: string) =>
  Effect.flatMap(Sink, (sink) => sink.confirm(into)).pipe(Effect.provide(layer(execute)), Effect.runPromise)

interface Way {
  readonly name: string
  readonly entry: object
  /** More columns of the table. */
  readonly more?: string
  /** What is done at the source, and how the table is run then. */
  readonly sql: string
  readonly options?: object
  /** How many rows are left. */
  readonly left: number
}

const ways: ReadonlyArray<Way> = [
  { name: "g_reconcile", entry: { deletes: { reconcile: "0 seconds" } }, sql: "DELETE FROM g_reconcile", left: 0 },
  {
    name: "g_drift",
    entry: {},
    sql: "DROP TABLE g_drift; CREATE TABLE g_drift (id int PRIMARY KEY, extra int); INSERT INTO g_drift VALUES (1, 1)",
    left: 1,
  },
  { name: "g_full", entry: { mode: "full" }, sql: "TRUNCATE g_full", left: 0 },
  { name: "g_refresh", entry: {}, sql: "DELETE FROM g_refresh WHERE id > 400", options: { refresh: true }, left: 400 },
  {
    name: "g_repair",
    entry: { deletes: "ignore" },
    sql: "DELETE FROM g_repair WHERE id > 3",
    options: { verify: { repair: true } },
    left: 3,
  },
  {
    name: "g_soft",
    entry: { deletes: { softDelete: "gone" }, cursor: "u", batchSize: 100 },
    more: ", gone timestamptz, u timestamptz DEFAULT '2020-01-01'",
    sql: "UPDATE g_soft SET gone = now(), u = now() WHERE id > 10",
    left: 10,
  },
]

it.each(ways)("$name waits for an operator", async ({ name, entry, more, sql, options, left }) => {
  const { run, count, confirm: allow } = await replica(name, entry, more)
  await parts.server.query(sql)
  // What was asked for once goes on by itself.
  for (const how of [options, {}, {}]) {
    expect((await run(how)).error).toMatchObject({ code: "delete-guard", action: "confirm" })
    expect(await count()).toBeGreaterThanOrEqual(500)
  }
  expect(await allow()).toBe(true)
  expect((await run()).error).toBeUndefined()
  expect(await count()).toBe(left)
  // What was allowed was allowed once.
  expect(await allow()).toBe(false)
})

it("the order of a repair and a reconciliation makes no difference", async () => {
  const { run, count } = await replica("g_order", { deletes: { reconcile: "1 hour" } })
  await run()
  await parts.server.query("DELETE FROM g_order")
  expect((await run({ verify: { repair: true } })).error?.code).toBe("delete-guard")
  expect(await count()).toBe(1000)
  // Asked for anew, it finds what is there then.
  await parts.server.query("INSERT INTO g_order SELECT g, 'w' FROM generate_series(1, 990) g")
  const { error, verification } = await run({ verify: { repair: true } })
  expect([error, verification]).toMatchObject([undefined, { differing: 0, repaired: 10 }])
  expect(await count()).toBe(990)
})

it("marks that are taken back let the sweep go on", async () => {
  const entry = { deletes: { softDelete: "gone" }, cursor: "u" }
  const { run, count } = await replica("g_back", entry, ", gone timestamptz, u timestamptz DEFAULT '2020-01-01'")
  await parts.server.query("UPDATE g_back SET gone = now(), u = now()")
  expect((await run()).error?.code).toBe("delete-guard")
  await parts.server.query("UPDATE g_back SET gone = NULL, u = now() WHERE id > 5")
  expect((await run()).error).toBeUndefined()
  expect(await count()).toBe(995)
  await parts.server.query("UPDATE g_back SET gone = now(), u = now()")
  expect((await run()).error?.code).toBe("delete-guard")
})

it("small losses ask nobody", async () => {
  const { run, count } = await replica("g_few", { mode: "full" })
  await parts.server.query("DELETE FROM g_few WHERE id > 500")
  expect((await run()).error).toBeUndefined()
  expect(await count()).toBe(500)
  await parts.server.query("DELETE FROM g_few WHERE id > 400")
  expect((await run()).error).toBeUndefined()
})
