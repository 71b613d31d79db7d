import { describeOne, walk } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import pg from "pg"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, failureOf, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("locks")
  await database.query(`
    CREATE TABLE held (id int PRIMARY KEY); INSERT INTO held VALUES (1);
    CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1)`)
})
afterAll(() => server?.stop())

/** Milliseconds after which a page of a locked table fails, by a source with such settings. */
const waited = async (more: Parameters<typeof byUrl>[1]) => {
  const connections = () =>
    database.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'starbase-replication'")
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  try {
    await holder.query("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
    return await Effect.runPromise(
      withSource(
        byUrl(database.url, more),
        Effect.gen(function* () {
          const source = yield* Source
          const held = yield* describeOne("public", "held")
          const before = yield* Effect.promise(connections)
          const asked = { table: held, columns: held.columns, where: [] }
          const page = source.read({ ...asked, order: ["id"], after: undefined, limit: 1, maxBytes: 1 })
          const begun = Date.now()
          const error = yield* failureOf(page)
          const took = Date.now() - begun
          const other = yield* Effect.flatMap(describeOne("public", "other"), (table) => walk({ table }))
          expect(other.rows).toEqual([["1"]])
          expect(yield* Effect.promise(connections)).toEqual(before)
          return { took, error }
        }),
      ),
    )
  } finally {
    await holder.end()
  }
}

it("a table that somebody holds fails by itself and soon, and the connection goes on with others", async () => {
  const { took, error } = await waited({})
  expect(error).toMatchObject({ code: "source-busy", table: "public.held", hint: expect.stringContaining("lock") })
  expect(error.isRetryable).toBe(true)
  expect(took).toBeGreaterThan(2500)
  expect(took).toBeLessThan(15_000)
})
