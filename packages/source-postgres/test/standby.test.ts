import {
  describeOne,
  postgresDialect,
  postgresTypes,
  sourceChecks,
  type SourceHarness,
  sqlTables,
  Subject,
  walk,
  without,
} from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import {
  type Postgres,
  type PostgresDatabase,
  type Standby,
  startPostgres,
  startStandby,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/Source.ts"
import { byUrl, withSource } from "./support/source.ts"

const topics = new Set([
  "discovery",
  "paging",
  "together",
  "filters",
  "values",
  "lookup",
  "highest",
  "summaries",
  "written since",
])
const elsewhere = without("the suite has it, and it does not depend on what the server is")

describe("a hot standby, with what is written on its primary", () => {
  let primary: Postgres
  let standby: Standby
  let written: PostgresDatabase
  let source: ReturnType<typeof byUrl>
  beforeAll(async () => {
    primary = await startPostgres()
    written = await primary.createDatabase("kit")
    standby = await startStandby(primary)
    source = byUrl(standby.databaseNamed("kit").url)
  })
  afterAll(async () => {
    await standby?.stop()
    await primary?.stop()
  })

  const harness = (): SourceHarness => ({
    source: layer(source.settings, () => Redacted.make(source.url)),
    tables: sqlTables(postgresDialect, {
      schema: "public",
      execute: async (sql) => {
        await written.query(sql)
        await standby.caughtUp()
      },
    }),
    secrets: [],
    types: postgresTypes,
    network: elsewhere,
    wrongPassword: elsewhere,
    wrongDatabase: elsewhere,
    forbid: elsewhere,
    slow: elsewhere,
    begin: async () => {
      const client = new pg.Client(written.url)
      await client.connect()
      await client.query("BEGIN")
      const { insert } = sqlTables(postgresDialect, { schema: "public", execute: (sql) => client.query(sql) })
      return {
        insert: async (table, rows) => {
          await insert(table, rows)
          await standby.caughtUp()
        },
        commit: async () => {
          await client.query("COMMIT")
          await client.end()
          await standby.caughtUp()
        },
      }
    },
  })
  const checks = sourceChecks.filter(({ topic }) => topics.has(topic))

  it.for(checks)("$topic: $name", async ({ run }, { skip }) => {
    const ran = Effect.provideService(run, Subject, harness())
    const notOffered = Effect.catchTag(ran, "NotOffered", ({ reason }) => Effect.sync(() => skip(reason)))
    await Effect.runPromise(notOffered)
  })

  it("is read as far as it has replayed", async () => {
    const ids = () =>
      Effect.runPromise(
        withSource(
          source,
          Effect.map(
            Effect.flatMap(describeOne("public", "lagging"), (table) => walk({ table })),
            ({ rows }) => rows.flat(),
          ),
        ),
      )
    await written.query("CREATE TABLE lagging (id int PRIMARY KEY); INSERT INTO lagging VALUES (1)")
    await standby.caughtUp()
    await standby.pauseReplay()
    await written.query("INSERT INTO lagging VALUES (2); DELETE FROM lagging WHERE id = 1")
    expect(await ids()).toEqual(["1"])
    await standby.resumeReplay()
    await standby.caughtUp()
    expect(await ids()).toEqual(["2"])
  })
})

describe("a standby that tells of its lag", () => {
  const transactions = (source: ReturnType<typeof byUrl>) =>
    Effect.runPromise(
      withSource(
        source,
        Effect.gen(function* () {
          const { describe: describing, transactions: asking = Effect.die("not offered") } = yield* Source
          const described = yield* describing([])
          return [yield* asking, described.transactions]
        }),
      ),
    )
  let primary: Postgres
  let standby: Standby
  beforeAll(async () => {
    primary = await startPostgres()
    standby = await startStandby(primary)
  })
  afterAll(async () => {
    await standby?.stop()
    await primary?.stop()
  })

  it("is not asked what Aurora's readers, which share their writer's storage, cannot tell", async () => {
    // As on Aurora: what tells of the log fails, and a setting names the extensions.
    await primary.query(`
      CREATE ROLE reader LOGIN PASSWORD 'p'; ALTER ROLE reader SET rds.extensions = 'amcheck,aurora_stat_utils,pg_trgm';
      CREATE ROLE other LOGIN PASSWORD 'p'; ALTER ROLE other SET rds.extensions = 'amcheck,pg_trgm'`)
    const aurora = await primary.createDatabase("aurora")
    await aurora.query(`
      ALTER FUNCTION pg_catalog.pg_last_wal_receive_lsn() RENAME TO pg_last_wal_receive_lsn_elsewhere;
      CREATE FUNCTION pg_catalog.pg_last_wal_receive_lsn() RETURNS pg_lsn LANGUAGE plpgsql AS $$
        BEGIN RAISE 'Function pg_last_wal_receive_lsn() is currently not supported for Aurora' USING ERRCODE = '0A000'; END $$`)
    await standby.caughtUp()
    const as = (role: string) => {
      const url = new URL(standby.databaseNamed("aurora").url)
      url.username = role
      url.password = "p"
      return byUrl(url.href)
    }
    for (const one of await transactions(as("reader"))) expect(one).toMatchObject({ open: [], behind: 0 })
    await expect(transactions(as("other"))).rejects.toMatchObject({ code: "unsupported" })
  })

  it("says that it is behind once it is not connected, also where it has replayed no transaction since it began", async () => {
    const lonely = await startPostgres()
    const left = await startStandby(lonely)
    const alone = () =>
      expect
        .poll(() => left.query("SELECT count(*)::int FROM pg_stat_wal_receiver"), { timeout: 20_000 })
        .toEqual([[0]])
    try {
      const source = byUrl(left.url)
      await left.caughtUp()
      for (const one of await transactions(source)) expect(one?.behind).toBe(0)
      await lonely.stop()
      await alone()
      expect(await left.query("SELECT pg_last_xact_replay_timestamp()")).toEqual([[null]])
      const [first, second] = await transactions(source)
      expect(first?.behind).toBeGreaterThan(0)
      await expect.poll(async () => (await transactions(source))[0]?.behind).toBeGreaterThan(second?.behind ?? Infinity)
    } finally {
      await left.stop()
      await lonely.stop()
    }
  })
})
