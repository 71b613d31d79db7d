import { describeOne, readPage } from "@starbase-replication/connector-testing"
import type { Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const name = "retyped_test"

let server: Mariadb
let database: MariadbDatabase
beforeAll(async () => {
  server = await startMariadb()
  database = await server.createDatabase(name)
})
afterAll(() => server?.stop())

it.each([
  ["date", "datetime(6)"],
  ["date", "varchar(40)"],
  ["datetime(3)", "date"],
  ["timestamp(6)", "date"],
  ["time", "datetime"],
])("a page of a table whose %s became a %s since it was described is of no form, and fails", async (before, after) => {
  const table = `t_${before.replaceAll(/\W/g, "")}_${after.replaceAll(/\W/g, "")}`
  await database.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v ${before} NOT NULL)`)
  await database.query(`INSERT INTO ${table} VALUES (1, ${before === "time" ? "'10:00:00'" : "'2024-02-28'"})`)
  const read: Effect.Effect<unknown, unknown, Source> = Effect.gen(function* () {
    const described = yield* describeOne(name, table)
    const asked = {
      table: described,
      columns: described.columns,
      where: [],
      order: ["id"],
      after: undefined,
      limit: 10,
      maxBytes: 1000,
    }
    expect((yield* readPage(asked)).rows).toHaveLength(1)
    yield* Effect.promise(() => database.query(`ALTER TABLE ${table} MODIFY v ${after}`))
    if (after.startsWith("varchar")) {
      yield* Effect.promise(() => database.query(`UPDATE ${table} SET v = 'some text'`))
    }
    expect(yield* failureOf(readPage(asked))).toMatchObject({ code: "schema-changed", table: `${name}.${table}` })
  })
  await Effect.runPromise(withSource(byUrl(database.url), read))
})
