import { decodeConfig, replicate, Source } from "@starbase-replication/core"
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

/** Pulls a table, reconciles it, and tells what the source was asked. */
const reconcile = async (execute: Execute, table: string) => {
  const asked = { lookups: 0, summaries: 0 }
  const [result] = await decodeConfig(
    {
      sources: { main: { type: "postgres", url: { secret: "URL" } } },
      tables: [{ source: "main", table, deletes: { reconcile: "0 seconds" } }],
    },
    { connectors: [connector], secrets: () => parts.server.url },
  ).pipe(
    Effect.map(({ sources, ...config }) => ({
      ...config,
      sources: new Map(Array.from(sources, ([name, source]) => [name, counting(source, asked)])),
    })),
    Effect.flatMap((config) => replicate(config, { select: "all", claim: false })),
    Effect.provide(layer(execute)),
    Effect.runPromise,
  )
  return { ...asked, error: result?.error, deleted: result?.deleted }
}

const counting = <E>(inner: Layer.Layer<Source, E>, asked: { lookups: number; summaries: number }) =>
  Layer.effect(
    Source,
    Effect.map(Source, (source) => ({
      ...source,
      lookup: (request) => {
        asked.lookups += 1
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
  const key = columns.replaceAll(/ \w+(?=,|$)/g, "")
  await parts.server.query(`CREATE TABLE ${table} (${columns}, PRIMARY KEY (${key}));
    INSERT INTO ${table} SELECT ${values} FROM generate_series(1, 25000) i`)
  await reconcile(execute, table)
  expect(await reconcile(execute, table)).toEqual({ lookups: 0, summaries: 2, error: undefined, deleted: 0 })
  await parts.server.query(`DELETE FROM ${table} WHERE id = ${gone}`)
  const { lookups, summaries, ...rest } = await reconcile(execute, table)
  expect(rest).toEqual({ error: undefined, deleted: 1 })
  expect(lookups).toBeLessThanOrEqual(8)
  expect(summaries).toBeLessThanOrEqual(15)
  expect(await execute(`SELECT count(*) FROM ${table}`, [])).toEqual([[24999]])
})
