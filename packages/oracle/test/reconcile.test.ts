import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type ReplicateOptions } from "@starbase-replication/core/run"
import { Source } from "@starbase-replication/core/source"
import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

interface Asked {
  summaries: number
  /** How many keys each look-up asked for, of whole rows or of keys alone. */
  readonly lookups: Array<{ readonly keys: number; readonly isWhole: boolean }>
}

/** Pulls a table, reconciles it, and tells what the source was asked. */
const run = async (execute: Execute, table: string, more: object = {}, options: Partial<ReplicateOptions> = {}) => {
  const asked: Asked = { lookups: [], summaries: 0 }
  const {
    tables: [result],
  } = await decodeConfig(
    {
      sources: { main: { type: "postgres", url: { secret: "URL" } } },
      tables: [{ source: "main", table, deletes: { reconcile: "0 seconds" }, ...more }],
    },
    { connectors: [connector], secrets: () => parts.server.url },
  ).pipe(
    Effect.map(({ sources, ...config }) => ({
      ...config,
      sources: new Map(Array.from(sources, ([name, source]) => [name, counting(source, asked)])),
    })),
    Effect.flatMap((config) => replicate(config, { select: "all", claim: false, ...options })),
    Effect.provide(layer(execute)),
    Effect.runPromise,
  )
  return { ...asked, error: result?.error, deleted: result?.deleted, verification: result?.verification }
}

const reconcile = async (execute: Execute, table: string, more: object = {}) => {
  const { lookups, summaries, error, deleted } = await run(execute, table, more)
  return { lookups: lookups.length, summaries, error, deleted }
}

const counting = <E>(inner: Layer.Layer<Source, E>, asked: Asked) =>
  Layer.effect(
    Source,
    Effect.map(Source, (source) => ({
      ...source,
      lookup: (request) => {
        const { columns, key, keys } = request
        asked.lookups.push({ keys: keys.length, isWhole: columns.length > key.length })
        return source.lookup(request)
      },
      summarize: (request) => {
        asked.summaries += 1
        return source.summarize?.(request) ?? Effect.undefined
      },
    })),
  ).pipe(Layer.provide(inner))

it.each([
  ["one integer", "id int", "i", "21000"],
  ["two integers", "a int, id bigint", "i % 7 - 3, i", "21000"],
  ["a UUID", "id uuid", "md5(i::text)::uuid", "(SELECT md5('21000')::uuid)"],
  ["an integer and a UUID", "a int, id uuid", "i % 7 - 3, md5(i::text)::uuid", "(SELECT md5('21000')::uuid)"],
])("keys of %s are asked for one by one only near where they differ", async (kind, columns, values, gone) => {
  const { execute } = parts.object()
  const table = kind.replaceAll(" ", "_").toLowerCase()
  const view = `${table}_shown`
  const key = columns.replaceAll(/ \w+(?=,|$)/g, "")
  // The rows of a view do not tell who wrote them.
  const more = { key: key.split(", ") }
  await parts.server.query(`CREATE TABLE ${table} (${columns}, PRIMARY KEY (${key}));
    INSERT INTO ${table} SELECT ${values} FROM generate_series(1, 25000) i; CREATE VIEW ${view} AS SELECT * FROM ${table}`)
  await reconcile(execute, view, more)
  expect(await reconcile(execute, view, more)).toEqual({ lookups: 0, summaries: 2, error: undefined, deleted: 0 })
  await parts.server.query(`DELETE FROM ${table} WHERE id = ${gone}`)
  const { lookups, summaries, ...rest } = await reconcile(execute, view, more)
  expect(rest).toEqual({ error: undefined, deleted: 1 })
  expect(lookups).toBeLessThanOrEqual(8)
  expect(summaries).toBeLessThanOrEqual(15)
  expect(await execute(`SELECT count(*) FROM ${view}`, [])).toEqual([[24999]])
})

it("keys of a table are only asked for where the replica has more rows than were counted", async () => {
  const { execute } = parts.object()
  await parts.server.query(`CREATE TABLE counted (id text PRIMARY KEY);
    INSERT INTO counted SELECT 'key ' || i FROM generate_series(1, 25000) i`)
  await reconcile(execute, "counted")
  const nothing = { lookups: 0, summaries: 0, error: undefined, deleted: 0 }
  expect(await reconcile(execute, "counted")).toEqual(nothing)
  await parts.server.query("DELETE FROM counted WHERE id = 'key 7000'; INSERT INTO counted VALUES ('key 7001a')")
  const { lookups, ...rest } = await reconcile(execute, "counted")
  expect(rest).toEqual({ ...nothing, lookups: undefined, deleted: 1 })
  expect(lookups).toBeLessThanOrEqual(8)
  expect(await reconcile(execute, "counted")).toEqual(nothing)
  expect(await execute("SELECT count(*) FROM counted", [])).toEqual([[25000]])
})

it.each([
  ["narrow", 10, 300],
  ["wide", 300_000, 40],
])("a verification looks up %s rows that differ by as many as their width allows", async (name, width, count) => {
  const { execute } = parts.object()
  const cursor = { cursor: "id", overlap: 0 }
  await parts.server.query(`CREATE TABLE ${name} (id int PRIMARY KEY, text text);
    INSERT INTO ${name} SELECT i, repeat('x', ${width}) FROM generate_series(1, ${count}) i`)
  await run(execute, name, cursor)
  await execute(`UPDATE ${name} SET text = 'spoilt'`, [])
  const { error, lookups, verification } = await run(execute, name, cursor, { verify: { repair: true } })
  expect({ error, repaired: verification?.repaired }).toEqual({ error: undefined, repaired: count })
  const whole = lookups.flatMap(({ keys, isWhole }) => (isWhole ? [keys] : []))
  const [first = 0, ...later] = whole
  expect(first).toBe(8)
  if (name === "narrow") expect(Math.max(...later)).toBe(100)
  else expect(Math.max(...later) * width).toBeLessThan(2_500_000)
})
