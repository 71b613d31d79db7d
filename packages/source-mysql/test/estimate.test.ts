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
  database = await server.createDatabase("estimate_test")
  await database.query(`
    CREATE TABLE t (id int PRIMARY KEY);
    INSERT INTO t WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 400),
      s(d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM s WHERE d < 9) SELECT n * 10 + d FROM r, s;
    ANALYZE TABLE t;
    CREATE VIEW v AS SELECT * FROM t`)
})
afterAll(() => server?.stop())

const estimateOf = (name: string) =>
  Effect.runPromise(
    withSource(
      byUrl(database.url),
      Effect.gen(function* () {
        const { estimate } = yield* Source
        if (estimate === undefined) return expect.unreachable()
        return yield* estimate(yield* describeOne("estimate_test", name))
      }),
    ),
  )

it("tells about how many rows a table is noted to have, and nothing of a view", async () => {
  const rows = await estimateOf("t")
  expect(rows).toBeGreaterThan(2000)
  expect(rows).toBeLessThan(8000)
  expect(await estimateOf("v")).toBeUndefined()
})
