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
import {
  type Postgres,
  type PostgresDatabase,
  type Standby,
  startPostgres,
  startStandby,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/Source.ts"
import { byUrl, withSource } from "./support/source.ts"

const topics = new Set(["discovery", "paging", "filters", "values", "lookup", "highest", "summaries"])
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
    begin: elsewhere,
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
