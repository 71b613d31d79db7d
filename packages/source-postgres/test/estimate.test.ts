import { describeOne } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { byUrl, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("estimates")
  await database.query(`
    CREATE TABLE t (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
    INSERT INTO t SELECT generate_series(1, 4000);
    CREATE TABLE fresh (id int PRIMARY KEY) WITH (autovacuum_enabled = off);
    CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (3000) WITH (autovacuum_enabled = off);
    CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (3000) TO (9000) WITH (autovacuum_enabled = off);
    INSERT INTO parted SELECT generate_series(1, 5000);
    ANALYZE t; ANALYZE parted;
    CREATE VIEW v AS SELECT * FROM t`)
})
afterAll(() => server?.stop())

it.each([
  ["t", 4000],
  ["parted", 5000],
  ["fresh", undefined],
  ["v", undefined],
])("of %s is told how many rows it is noted to have", async (name, expected) => {
  const told = Effect.gen(function* () {
    const { estimate } = yield* Source
    if (estimate === undefined) return expect.unreachable()
    return yield* estimate(yield* describeOne("public", name))
  })
  expect(await Effect.runPromise(withSource(byUrl(database.url), told))).toBe(expected)
})
