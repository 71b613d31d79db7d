import { describeOne, walk } from "@starbase-replication/connector-testing"
import { type ConnectorError, Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { pinStatement } from "../src/internal/sql.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const name = "locks_test"

let server: Mariadb
let database: MariadbDatabase
beforeAll(async () => {
  server = await startMariadb()
  database = await server.createDatabase(name)
  await database.query(`
    CREATE TABLE held (id int PRIMARY KEY); INSERT INTO held VALUES (1);
    CREATE TABLE documents (id int PRIMARY KEY, v longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin);
    CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1)`)
})
afterAll(() => server?.stop())

/** Runs an effect while another session holds tables. */
const whileHeld = async <A>(tables: string, effect: Effect.Effect<A, ConnectorError, Source>) => {
  await database.query(`LOCK TABLES ${tables}`)
  try {
    return await Effect.runPromise(withSource(byUrl(database.url), effect))
  } finally {
    await database.query("UNLOCK TABLES")
  }
}

const connections = Effect.promise(() =>
  server.query(`SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '${name}' ORDER BY ID`),
)
const busy = { code: "source-busy", hint: expect.stringContaining("lock") }

it("a table that somebody holds fails by itself and soon, and the connection goes on with others", async () => {
  const asked = Effect.gen(function* () {
    const held = yield* describeOne(name, "held")
    const before = yield* connections
    const begun = Date.now()
    const error = yield* failureOf(walk({ table: held }))
    const took = Date.now() - begun
    const other = yield* Effect.flatMap(describeOne(name, "other"), (table) => walk({ table }))
    expect(other.rows).toEqual([["1"]])
    expect(yield* connections).toEqual(before)
    return { error, took }
  })
  const { error, took } = await whileHeld("held WRITE", asked)
  expect(error).toMatchObject({ ...busy, table: `${name}.held` })
  expect(error.isRetryable).toBe(true)
  expect(took).toBeGreaterThan(2500)
  expect(took).toBeLessThan(15_000)
})

it("nor is it described, where it takes a look into it to know what JSON is; the others are", async () => {
  const names = [{ name: "documents" }, { schema: name, name: "other" }]
  const asked = Effect.gen(function* () {
    const { describe, whyMissing = () => Effect.die("not offered") } = yield* Source
    const { tables } = yield* describe(names)
    expect(tables.map((table) => table?.name.name)).toEqual([undefined, "other"])
    const begun = Date.now()
    expect(yield* whyMissing({ name: "documents" })).toMatchObject(busy)
    expect(Date.now() - begun).toBeLessThan(1000)
    yield* Effect.promise(() => database.query("UNLOCK TABLES"))
    // The reason stays what it was, until the table is described.
    expect(yield* whyMissing({ name: "documents" })).toMatchObject(busy)
    expect((yield* describe(names)).tables.map((table) => table?.name.name)).toEqual(["documents", "other"])
    expect(yield* whyMissing({ name: "documents" })).toBeUndefined()
  })
  await whileHeld("documents WRITE", asked)
})

it("is waited for no longer than a statement may take, in whole seconds", () => {
  const waits = [100, 2500, 30_000].map((timeout) => /lock_wait_timeout = (\d+),/.exec(pinStatement(timeout))?.[1])
  expect(waits).toEqual(["1", "2", "3"])
})
