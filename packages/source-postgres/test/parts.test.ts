import { Source } from "@starbase-replication/core/source"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Postgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

const partsOf = (name: string) =>
  Effect.runPromise(
    withSource(
      byUrl(server.url),
      Effect.gen(function* () {
        const { tables } = yield* (yield* Source).describe([{ name }])
        return tables[0]?.parts ?? []
      }),
    ),
  )

it("a partition that was away for a while is another part, at whatever depth, and the others are the same", async () => {
  await server.query(`
    CREATE TABLE deep (id int PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE deep_0 PARTITION OF deep FOR VALUES FROM (0) TO (100);
    CREATE TABLE deep_1 PARTITION OF deep FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
    CREATE TABLE deep_1a PARTITION OF deep_1 FOR VALUES FROM (100) TO (150)`)
  const first = await partsOf("deep")
  expect(first).toHaveLength(2)
  expect(await partsOf("deep")).toEqual(first)
  for (const how of ["FULL", "FREEZE"]) await server.query(`VACUUM (${how}) pg_inherits`)
  expect(await partsOf("deep")).toEqual(first)
  await server.query(`ALTER TABLE deep DETACH PARTITION deep_1`)
  expect(await partsOf("deep")).toEqual(first.slice(0, 1))
  await server.query("ALTER TABLE deep ATTACH PARTITION deep_1 FOR VALUES FROM (100) TO (200)")
  const [same, other] = await partsOf("deep")
  expect(same).toBe(first[0])
  expect(other?.split(".")[0]).toBe(first[1]?.split(".")[0])
  expect(other).not.toBe(first[1])
})

it("a table that is alone is a part by its id, and by its file once that was written anew", async () => {
  await server.query("CREATE TABLE alone (id int PRIMARY KEY)")
  const [[id] = []] = await server.query("SELECT 'alone'::regclass::oid::text")
  expect(await partsOf("alone")).toEqual([id])
  await server.query("VACUUM FULL alone")
  const [part] = await partsOf("alone")
  expect(part).toMatch(new RegExp(`^${String(id)}\\.\\d+$`))
})
