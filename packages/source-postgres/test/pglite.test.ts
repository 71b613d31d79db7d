import {
  describeOne,
  postgresDialect,
  sourceChecks,
  type SourceHarness,
  sqlTables,
  Subject,
  walk,
  without,
} from "@starbase-replication/connector-testing"
import { PGlite } from "@electric-sql/pglite"
import { PGLiteSocketServer } from "@electric-sql/pglite-socket"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/Source.ts"
import { byUrl, withSource } from "./support/source.ts"

const topics = new Set(["together", "written since"])
const elsewhere = without("the suite has it, and it does not depend on what the server is")

describe("PGlite behind its socket, which takes one connection", () => {
  let database: PGlite
  let server: PGLiteSocketServer
  let source: ReturnType<typeof byUrl>
  beforeAll(async () => {
    database = await PGlite.create()
    server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0, maxConnections: 1 })
    await server.start()
    source = byUrl(`postgres://postgres:postgres@${server.getServerConn()}/postgres`)
    await database.exec(`
      SET timezone = 'Asia/Kolkata';
      CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL, b bytea, v text);
      INSERT INTO t SELECT g, '2024-01-01Z'::timestamptz + g * interval '1 microsecond', '\\x00', 'x' FROM generate_series(1, 1000) g;
      CREATE TABLE wide (id int PRIMARY KEY, v text);
      INSERT INTO wide SELECT g, repeat('x', 1000000) FROM generate_series(1, 20) g`)
  }, 60_000)
  afterAll(async () => {
    await server?.stop()
    await database?.close()
  })

  const harness = (): SourceHarness => ({
    source: layer(source.settings, () => Redacted.make(source.url)),
    tables: sqlTables(postgresDialect, { schema: "public", execute: (sql) => database.exec(sql) }),
    secrets: [],
    types: [],
    network: elsewhere,
    wrongPassword: elsewhere,
    wrongDatabase: elsewhere,
    forbid: elsewhere,
    slow: elsewhere,
    begin: without("a transaction keeps the only session, and nothing can be read meanwhile"),
  })
  const checks = sourceChecks.filter(({ topic }) => topics.has(topic))

  it.for(checks)("$topic: $name", async ({ run }, { skip }) => {
    const ran = Effect.provideService(run, Subject, harness())
    const notOffered = Effect.catchTag(ran, "NotOffered", ({ reason }) => Effect.sync(() => skip(reason)))
    await Effect.runPromise(notOffered)
  })

  it("is read page by page, run after run", async () => {
    for (const limit of [7, 1000]) {
      const { rows } = await Effect.runPromise(
        withSource(
          source,
          Effect.flatMap(describeOne("public", "t"), (table) => walk({ table, order: ["at", "id"], limit })),
        ),
      )
      expect(rows).toHaveLength(1000)
      expect(rows.at(-1)).toEqual(["1000", "2024-01-01T00:00:00.001000Z", "00", "x"])
    }
  })

  it("is read where rows are so wide that a page ends the connection", async () => {
    const { rows } = await Effect.runPromise(
      withSource(
        source,
        Effect.flatMap(describeOne("public", "wide"), (table) => walk({ table, limit: 100, maxBytes: 2e6 })),
      ),
    )
    expect(rows.map(([id]) => id)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)))
  })
})
