import { describeOne } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Mariadb
let database: MariadbDatabase
beforeAll(async () => {
  server = await startMariadb()
  database = await server.createDatabase("cautions_test")
  await database.query(`
    CREATE TABLE t (id int PRIMARY KEY, plain int, at timestamp, KEY (at, plain));
    CREATE VIEW v AS SELECT * FROM t`)
})
afterAll(() => server?.stop())

const unindexed = "has no index that begins with it, so that each pull looks through the whole table"

it.each([
  ["t", "id", []],
  ["t", "at", []],
  ["t", "plain", [unindexed]],
  ["v", "plain", []],
])("of %s.%s as a cursor is told what speaks against it", async (name, column, expected) => {
  const told = Effect.gen(function* () {
    const { cautions } = yield* Source
    const table = yield* describeOne("cautions_test", name)
    const cursor = table.columns.find((one) => one.name === column)
    if (cautions === undefined || cursor === undefined) return expect.unreachable()
    return yield* cautions(table, cursor)
  })
  expect(await Effect.runPromise(withSource(byUrl(database.url), told))).toEqual(expected)
})
