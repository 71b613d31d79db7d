import { describeOne, walk, readPage, describeAll } from "@starbase-replication/connector-testing"
import { type Code, type Column, ConnectorError, Source, type TableSchema } from "@starbase-replication/core/source"
import {
  type Mariadb,
  type MariadbDatabase,
  startMariadb,
  startTcpProxy,
  type TcpProxy,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { layer } from "../src/Source.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const idColumn: Column = { name: "id", type: "integer", sourceType: "int", nullable: false }
const password = "hunter2 & 'quotes' #1"

describe("faults", () => {
  let server: Mariadb
  let database: MariadbDatabase
  let proxy: TcpProxy
  const seen: Array<unknown> = []

  const login = (more: Partial<Settings> = {}): Settings => ({
    type: "mysql",
    host: "127.0.0.1",
    port: proxy.port,
    user: "reader",
    database: "faults",
    password: { secret: "PASSWORD" },
    ...more,
  })
  const run = <A, E>(settings: Settings, effect: Effect.Effect<A, E, Source>, secret = password) =>
    Effect.runPromise(
      Effect.provide(
        effect,
        layer(settings, () => Redacted.make(secret)),
      ),
    )
  const listing = Effect.flatMap(Source, ({ list }) => list(undefined))
  const fails = async (
    settings: Settings,
    code: Code,
    effect: Effect.Effect<unknown, ConnectorError, Source> = listing,
    secret = password,
  ) => {
    const error = await run(settings, failureOf(effect), secret)
    seen.push(error)
    expect(error.code).toBe(code)
    return error
  }
  const processes = (condition = "TRUE") =>
    server.query(`SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' AND ${condition}`)
  const allClosed = () => vi.waitUntil(async () => (await processes()).length === 0, { timeout: 20_000, interval: 20 })
  const table = (name: string) => describeOne("faults", name)
  const reading = (name: string) => Effect.flatMap(table(name), (found) => walk({ table: found, order: ["id"] }))
  const page = (found: TableSchema, limit: number, maxBytes: number, after?: ReadonlyArray<string>) =>
    readPage({ table: found, columns: found.columns, where: [], order: ["id"], after, limit, maxBytes })

  beforeAll(async () => {
    server = await startMariadb({ tls: true })
    database = await server.createDatabase("faults")
    await database.query(`
      CREATE USER reader@'127.0.0.1' IDENTIFIED BY '${password.replaceAll("'", "''")}';
      GRANT SELECT ON faults.* TO reader@'127.0.0.1';
      CREATE TABLE narrow (id int PRIMARY KEY, v varchar(40));
      INSERT INTO narrow SELECT seq, MD5(seq) FROM seq_1_to_20000;
      CREATE VIEW slow AS SELECT 1 AS id, SLEEP(30) AS v;
      CREATE TABLE gone (id int PRIMARY KEY);
      CREATE VIEW broken AS SELECT id FROM gone;
      DROP TABLE gone;
      CREATE DATABASE private;
      CREATE TABLE private.secrets (id int PRIMARY KEY);`)
  })
  beforeEach(async () => {
    proxy = await startTcpProxy({ host: server.host, port: server.port })
  })
  afterEach(async () => {
    await allClosed()
    await proxy.stop()
  })
  afterAll(() => server?.stop())

  describe("errors", () => {
    it("says that nothing listens, or that the host is not known", async () => {
      const gone = await startTcpProxy(server)
      await gone.stop()
      const error = await fails(login({ port: gone.port }), "unreachable")
      expect(error.message).toContain(`127.0.0.1:${gone.port}`)
      await fails(login({ host: "db.invalid", tls: "disable" }), "unreachable")
      proxy.refuse()
      expect((await fails(login(), "unreachable")).isRetryable).toBe(true)
    })

    it("says that the user, the password or the database is wrong", async () => {
      expect((await fails(login(), "unauthorized", listing, "wrong")).isRetryable).toBe(false)
      await fails(login(), "unauthorized", listing, "")
      await fails(login({ user: "nobody" }), "unauthorized")
      await fails(login({ database: "private" }), "table-missing")
      await fails(
        login({ port: server.port, user: "root", database: "absent" }),
        "table-missing",
        listing,
        server.password,
      )
    })

    it("says that a table or a column is gone", async () => {
      await database.query("CREATE TABLE leaving (id int PRIMARY KEY, v int)")
      const column = Effect.gen(function* () {
        const found = yield* table("leaving")
        yield* Effect.promise(() => database.query("ALTER TABLE leaving DROP COLUMN v"))
        return yield* walk({ table: found })
      })
      await fails(login(), "column-missing", column)
      const whole = Effect.gen(function* () {
        const found = yield* table("leaving")
        yield* Effect.promise(() => database.query("DROP TABLE leaving"))
        return yield* walk({ table: found })
      })
      expect(await fails(login(), "table-missing", whole)).toMatchObject({ table: "faults.leaving" })
    })

    it("says that the user may not read a table", async () => {
      const secrets: TableSchema = {
        name: { schema: "private", name: "secrets" },
        kind: "table",
        columns: [idColumn],
        key: ["id"],
      }
      await fails(login(), "forbidden", walk({ table: secrets }))
      expect(await run(login(), describeAll([secrets.name]))).toEqual([undefined])
    })

    it("says that a view is broken", async () => {
      const name = { schema: "faults", name: "broken" }
      await fails(login(), "unsupported", walk({ table: { name, kind: "view", columns: [idColumn], key: ["id"] } }))
    })

    it("says that the statement took too long, and goes on with the same connection", async () => {
      await run(
        login({ statementTimeout: "300 millis" }),
        Effect.gen(function* () {
          const error = yield* failureOf(reading("slow"))
          expect(error).toMatchObject({ code: "timeout", isRetryable: true })
          const accepted = proxy.accepted()
          expect((yield* reading("narrow")).rows).toHaveLength(20_000)
          expect(proxy.accepted()).toBe(accepted)
        }),
      )
    })

    it("says that the user has too many connections", async () => {
      await database.query("CREATE USER crowded@'127.0.0.1' IDENTIFIED BY 'crowded secret' WITH MAX_QUERIES_PER_HOUR 1")
      await database.query("GRANT SELECT ON faults.* TO crowded@'127.0.0.1'")
      const again = Effect.andThen(listing, listing)
      expect((await fails(login({ user: "crowded" }), "rate-limited", again, "crowded secret")).isRetryable).toBe(true)
    })

    it("says that the administrator ended the connection, and connects again", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          const found = yield* table("narrow")
          yield* Effect.promise(async () => {
            const [[id] = []] = await processes()
            await server.query(`KILL CONNECTION ${String(id)}`)
          })
          yield* Effect.promise(allClosed)
          const { rows } = yield* Effect.retry(page(found, 10, 1e6), { times: 1 })
          expect(rows).toHaveLength(10)
        }),
      )
    })

    it("never shows the password, the URL or the user", async () => {
      const url = `mysql://reader:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}/private`
      seen.push(await Effect.runPromise(failureOf(withSource(byUrl(url), listing))))
      seen.push(await Effect.runPromise(failureOf(withSource(byUrl(`${url}?ssl-mode=${password}`), listing))))
      expect(seen.length).toBeGreaterThan(10)
      for (const error of seen) {
        expect(error).toBeInstanceOf(ConnectorError)
        const shown = [
          String(error),
          JSON.stringify(error),
          inspect(error, { depth: 20, showHidden: true }),
          JSON.stringify((error as ConnectorError).describe()),
          inspect((error as ConnectorError).cause, { depth: 20 }),
        ].join("\n")
        for (const secret of [
          password,
          encodeURIComponent(password),
          "hunter2",
          "mysql://reader",
          "crowded secret",
          "reader'",
        ]) {
          expect(shown).not.toContain(secret)
        }
      }
    })
  })

  describe("encryption", () => {
    const encrypted = Effect.gen(function* () {
      yield* listing
      const rows = yield* Effect.promise(() => processes())
      expect(rows).toHaveLength(1)
    })

    it("is there as asked for", async () => {
      for (const tls of ["disable", "prefer", "require", { ca: server.ca ?? "" }] as const) {
        await run(login({ tls }), encrypted)
      }
      await database.query("ALTER USER reader@'127.0.0.1' REQUIRE SSL")
      try {
        for (const tls of ["prefer", "require", { ca: server.ca ?? "" }] as const) await run(login({ tls }), encrypted)
        expect((await fails(login({ tls: "disable" }), "unauthorized")).describe().hint).toContain("tls")
      } finally {
        await database.query("ALTER USER reader@'127.0.0.1' REQUIRE NONE")
      }
    })

    it("is refused with a certificate that nobody vouches for", async () => {
      expect((await fails(login({ tls: "verify" }), "tls-failed")).isRetryable).toBe(false)
    })

    it("is refused by a server without it, unless it is only preferred", async () => {
      const plain = await startMariadb({ settings: { "skip-ssl": 1 } })
      try {
        const settings = login({ port: plain.port, user: plain.user, database: "mysql" })
        const error = await fails({ ...settings, tls: "require" }, "tls-failed", listing, plain.password)
        expect(error.message).toContain("does not offer encryption")
        expect(await run({ ...settings, tls: "prefer" }, listing, plain.password)).toEqual([])
      } finally {
        await plain.stop()
      }
    })
  })

  describe("the connection", () => {
    it("is not opened before it is needed", async () => {
      await run(login(), Effect.asVoid(Source))
      expect(proxy.accepted()).toBe(0)
    })

    it("is one for a run, whatever is asked at the same time, and closed at its end", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          yield* Effect.all([reading("narrow"), listing, reading("narrow")], { concurrency: "unbounded" })
          expect(proxy.accepted()).toBe(1)
          expect(yield* Effect.promise(() => processes())).toHaveLength(1)
        }),
      )
      await allClosed()
    })

    it("is closed after a failure, a defect and an interruption", async () => {
      await run(
        login(),
        failureOf(Effect.andThen(listing, Effect.fail(new ConnectorError({ code: "unknown", message: "" })))),
      )
      await allClosed()
      await expect(run(login(), Effect.andThen(listing, Effect.die("broken")))).rejects.toThrow()
      await allClosed()
      const controller = new AbortController()
      const running = Effect.runPromiseExit(
        Effect.provide(
          reading("slow"),
          layer(login(), () => Redacted.make(password)),
        ),
        { signal: controller.signal },
      )
      await vi.waitUntil(async () => (await processes("STATE = 'User sleep'")).length === 1, { timeout: 20_000 })
      controller.abort()
      await running
      await vi.waitUntil(() => proxy.open() === 0, { timeout: 20_000 })
    })

    it("only reads", async () => {
      const writer: Settings = { type: "mysql", url: { secret: "URL" } }
      await database.query(
        `CREATE FUNCTION writes() RETURNS int BEGIN INSERT INTO narrow VALUES (-1, ''); RETURN 1; END`,
      )
      await database.query("CREATE VIEW writing AS SELECT writes() AS id")
      const name = { schema: "faults", name: "writing" }
      const written: TableSchema = { name, kind: "view", columns: [idColumn], key: ["id"] }
      const error = await fails(writer, "unsupported", walk({ table: written }), database.url)
      expect(error.message).toContain("1792")
    })

    it("may be lost between two pages", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          const found = yield* table("narrow")
          const first = yield* page(found, 10, 1e6)
          proxy.cut()
          yield* Effect.promise(() => vi.waitUntil(() => proxy.open() === 0, { timeout: 20_000 }))
          const second = yield* Effect.retry(page(found, 10, 1e6, [first.rows.at(-1)?.[0] ?? ""]), { times: 1 })
          expect(second.rows[0]?.[0]).toBe("11")
        }),
      )
    })

    it("may be lost inside a page: an error, never a short page", async () => {
      proxy.cutAfter(200_000)
      const whole = Effect.flatMap(table("narrow"), (found) => page(found, 20_000, 1e9))
      const error = await fails(login(), "unreachable", whole)
      expect(error).toMatchObject({ isRetryable: true, table: "faults.narrow" })
      await run(
        login(),
        Effect.gen(function* () {
          yield* failureOf(whole)
          proxy.heal()
          expect((yield* whole).rows).toHaveLength(20_000)
        }),
      )
    })

    it("may fall silent: an error in time, and nothing hangs", async () => {
      const impatient = login({ statementTimeout: "200 millis", connectTimeout: "200 millis" })
      const silent = Effect.gen(function* () {
        const found = yield* table("narrow")
        proxy.stall()
        return yield* page(found, 10, 1e6)
      })
      const startedAt = Date.now()
      await fails(impatient, "timeout", silent)
      proxy.heal()
      proxy.stall()
      await fails(impatient, "unreachable")
      proxy.heal()
      await run(impatient, Effect.andThen(listing, Effect.sync(proxy.stall)))
      expect(Date.now() - startedAt).toBeLessThan(20_000)
      proxy.cut()
    })
  })
})
