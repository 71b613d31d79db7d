import {
  postgresDialect,
  postgresTypes,
  sourceChecks,
  type SourceHarness,
  sqlTables,
  Subject,
  without,
} from "@starbase-replication/connector-testing"
import {
  type Postgres,
  type PostgresDatabase,
  type PostgresServer,
  startPgbouncer,
  startPostgres,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, it } from "vitest"
import { layer } from "../src/Source.ts"
import { byUrl } from "./support/source.ts"

const elsewhere = without("the suite has it, and it does not depend on what stands between")

let server: Postgres
let database: PostgresDatabase
let pooler: PostgresServer
/** Takes the pooler's connections in turn, so that two transactions seldom get the same. */
let others: Promise<void>
let isOver = false
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("kit")
  pooler = await startPgbouncer(server)
  const pooled = pooler.databaseNamed("kit")
  others = (async () => {
    // What it leaves set in its session, another transaction meets.
    while (!isOver) await pooled.query("SET datestyle = 'SQL, DMY'; SET bytea_output = escape; SELECT pg_sleep(0.002)")
  })()
})
afterAll(async () => {
  isOver = true
  await others
  await pooler?.stop()
  await server?.stop()
})

const topics = new Set(["discovery", "paging", "together", "filters", "values", "lookup", "highest", "summaries"])

const harness = (): SourceHarness => {
  const source = byUrl(pooler.databaseNamed("kit").url)
  return {
    source: layer(source.settings, () => Redacted.make(source.url)),
    tables: sqlTables(postgresDialect, { schema: "public", execute: (sql) => database.query(sql) }),
    secrets: [],
    types: postgresTypes,
    network: elsewhere,
    wrongPassword: elsewhere,
    wrongDatabase: elsewhere,
    forbid: elsewhere,
    slow: elsewhere,
    begin: elsewhere,
  }
}
const checks = sourceChecks.filter(({ topic }) => topics.has(topic))

it.for(checks)("$topic: $name", async ({ run }, { skip }) => {
  const ran = Effect.provideService(run, Subject, harness())
  const notOffered = Effect.catchTag(ran, "NotOffered", ({ reason }) => Effect.sync(() => skip(reason)))
  await Effect.runPromise(notOffered)
})
