import { describeOne, walk, readPage } from "@starbase-replication/connector-testing"
import { type Code, ConnectorError, Source, type TableSchema } from "@starbase-replication/core/source"
import {
  type Postgres,
  type PostgresDatabase,
  startPostgres,
  startTcpProxy,
  type TcpProxy,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { createServer } from "node:net"
import { inspect } from "node:util"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { layer } from "../src/Source.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const password = "hunter2 & 'quotes' #1"

describe("faults", () => {
  let server: Postgres
  let database: PostgresDatabase
  let proxy: TcpProxy
  const seen: Array<unknown> = []

  const login = (more: Partial<Settings> = {}): Settings => ({
    type: "postgres",
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
  const connections = async () =>
    Number(
      (
        await server.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'starbase-replication'")
      )[0]?.[0],
    )
  const allClosed = () => vi.waitUntil(async () => (await connections()) === 0, { timeout: 20_000, interval: 20 })
  const table = (name: string) => describeOne("public", name)
  const reading = (name: string) => Effect.flatMap(table(name), (found) => walk({ table: found, order: ["id"] }))
  const page = (found: TableSchema, limit: number, maxBytes: number, after?: ReadonlyArray<string>) =>
    readPage({ table: found, columns: found.columns, where: [], order: ["id"], after, limit, maxBytes })

  beforeAll(async () => {
    server = await startPostgres({ tls: true })
    database = await server.createDatabase("faults")
    await database.query(`
      CREATE ROLE reader LOGIN PASSWORD '${password.replaceAll("'", "''")}';
      CREATE TABLE narrow AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 20000) g;
      ALTER TABLE narrow ADD PRIMARY KEY (id);
      CREATE TABLE wide (id int PRIMARY KEY, v text);
      INSERT INTO wide SELECT g, repeat(md5(g::text), 31250) FROM generate_series(1, 300) g;
      CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(30) IS NULL AS v;
      CREATE VIEW broken AS SELECT id, 1 / (id - id) AS v FROM narrow;
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader`)
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
    it("says that nothing listens", async () => {
      const gone = await startTcpProxy(server)
      await gone.stop()
      const error = await fails(login({ port: gone.port }), "unreachable")
      expect(error.message).toContain(`127.0.0.1:${gone.port}`)
      expect(error.isRetryable).toBe(true)
    })

    it("says that the host is not known", async () => {
      const error = await fails(login({ host: "db.invalid", tls: "disable" }), "unreachable")
      expect(error.message).toContain("db.invalid:")
    })

    it("says that the server closes the door", async () => {
      proxy.refuse()
      expect((await fails(login(), "unreachable")).isRetryable).toBe(true)
    })

    it("says that the password is wrong, or missing", async () => {
      const error = await fails(login(), "unauthorized", listing, "wrong")
      expect(error.message).toContain('"reader"')
      expect(error.isRetryable).toBe(false)
      await fails(login(), "unauthorized", listing, "")
    })

    it("says that the user or the database is not there", async () => {
      await fails(login({ user: "nobody" }), "unauthorized")
      expect((await fails(login({ database: "gone" }), "table-missing")).message).toContain('"gone"')
    })

    it("says that a table or a column is gone", async () => {
      await database.query("CREATE TABLE leaving (id int PRIMARY KEY, v int); GRANT SELECT ON leaving TO reader")
      const column = Effect.gen(function* () {
        const found = yield* table("leaving")
        yield* Effect.promise(() => database.query("ALTER TABLE leaving DROP COLUMN v"))
        return yield* walk({ table: found })
      })
      expect((await fails(login(), "column-missing", column)).message).toContain("v")
      const whole = Effect.gen(function* () {
        const found = yield* table("leaving")
        yield* Effect.promise(() => database.query("DROP TABLE leaving"))
        return yield* walk({ table: found })
      })
      expect(await fails(login(), "table-missing", whole)).toMatchObject({ table: "public.leaving" })
    })

    it("says that a value of where does not fit, or that the source's own data fails", async () => {
      const where = [{ column: "id", op: "eq", value: "seven" } as const]
      const filtered = Effect.flatMap(table("narrow"), (found) => walk({ table: found, where }))
      expect((await fails(login(), "invalid-config", filtered)).message).toContain("seven")
      await fails(login(), "unsupported", reading("broken"))
    })

    it("says that the statement took too long, and goes on with the same connection", async () => {
      const error = await fails(login({ statementTimeout: "100 millis" }), "timeout", reading("slow"))
      expect(error.isRetryable).toBe(true)
      await run(
        login({ statementTimeout: "100 millis" }),
        Effect.gen(function* () {
          yield* failureOf(reading("slow"))
          const accepted = proxy.accepted()
          expect((yield* reading("narrow")).rows).toHaveLength(20_000)
          expect(proxy.accepted()).toBe(accepted)
        }),
      )
    })

    it("says that there is no connection to spare", async () => {
      await database.query("CREATE ROLE crowded LOGIN PASSWORD 'crowded secret' CONNECTION LIMIT 0")
      const error = await fails(login({ user: "crowded" }), "rate-limited", listing, "crowded secret")
      expect(error.isRetryable).toBe(true)
    })

    it("says that the administrator ended the connection, and connects again", async () => {
      const ended = Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(failureOf(reading("slow")))
        yield* Effect.promise(() =>
          vi.waitUntil(
            async () => {
              const [[count] = []] = await database.query(
                `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'starbase-replication' AND state = 'active' AND wait_event = 'PgSleep'`,
              )
              return Number(count) > 0
            },
            { timeout: 20_000 },
          ),
        )
        const error = yield* Fiber.join(fiber)
        expect((yield* reading("narrow")).rows).toHaveLength(20_000)
        return yield* Effect.fail(error)
      })
      expect((await fails(login(), "source-busy", ended)).isRetryable).toBe(true)
    })

    it("never shows the password or the URL", async () => {
      const url = `postgres://reader:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}/gone`
      seen.push(await Effect.runPromise(failureOf(withSource(byUrl(url), listing))))
      seen.push(await Effect.runPromise(failureOf(withSource(byUrl(`${url}?sslmode=${password}`), listing))))
      expect(seen.length).toBeGreaterThan(12)
      for (const error of seen) {
        expect(error).toBeInstanceOf(ConnectorError)
        const shown = [
          String(error),
          JSON.stringify(error),
          inspect(error, { depth: 20, showHidden: true }),
          JSON.stringify((error as ConnectorError).describe()),
          (error as ConnectorError).stack,
          inspect((error as ConnectorError).cause, { depth: 20 }),
        ].join("\n")
        for (const secret of [
          password,
          encodeURIComponent(password),
          "hunter2",
          "postgres://reader",
          "crowded secret",
        ]) {
          expect(shown).not.toContain(secret)
        }
      }
    })
  })

  describe("encryption", () => {
    const encrypted = Effect.gen(function* () {
      yield* listing
      const [[ssl] = []] = yield* Effect.promise(() =>
        server.query(
          "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE application_name = 'starbase-replication'",
        ),
      )
      return ssl
    })

    it("is there as asked for", async () => {
      expect(await run(login({ tls: "disable" }), encrypted)).toBe(false)
      expect(await run(login({ tls: "prefer" }), encrypted)).toBe(true)
      expect(await run(login({ tls: "require" }), encrypted)).toBe(true)
      expect(await run(login({ tls: { ca: server.ca ?? "" } }), encrypted)).toBe(true)
    })

    it("is refused with a certificate that nobody vouches for", async () => {
      const error = await fails(login({ tls: "verify" }), "tls-failed")
      expect(error).toMatchObject({ isRetryable: false, hint: expect.stringContaining("tls") })
    })

    it("is refused by a server without it, unless it is only preferred", async () => {
      const plain = await startPostgres()
      try {
        const settings = login({ port: plain.port, user: plain.user, database: "postgres" })
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
      await run(login(), Effect.void)
      await run(login(), Effect.asVoid(Source))
      expect(proxy.accepted()).toBe(0)
    })

    it("is one for a run, whatever is asked at the same time, and closed at its end", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          yield* Effect.all([reading("narrow"), listing, reading("narrow")], { concurrency: "unbounded" })
          expect(proxy.accepted()).toBe(1)
          expect(yield* Effect.promise(connections)).toBe(1)
        }),
      )
      await allClosed()
    })

    it("is closed after a failure and after a defect", async () => {
      await run(
        login(),
        failureOf(Effect.andThen(listing, Effect.fail(new ConnectorError({ code: "unknown", message: "" })))),
      )
      await allClosed()
      await expect(run(login(), Effect.andThen(listing, Effect.die("broken")))).rejects.toThrow()
      await allClosed()
      expect(proxy.accepted()).toBe(2)
    })

    it("is closed after an interruption, and the server stops what it was doing", async () => {
      const controller = new AbortController()
      const running = Effect.runPromiseExit(
        Effect.provide(
          reading("slow"),
          layer(login(), () => Redacted.make(password)),
        ),
        { signal: controller.signal },
      )
      await vi.waitUntil(
        async () => {
          const rows = await server.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
          return rows.length === 1
        },
        { timeout: 20_000 },
      )
      controller.abort()
      await running
      await vi.waitUntil(() => proxy.open() === 0, { timeout: 20_000 })
      await allClosed()
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
      const error = await fails(
        login(),
        "unreachable",
        Effect.flatMap(table("narrow"), (found) => page(found, 20_000, 1e9)),
      )
      expect(error).toMatchObject({ isRetryable: true, table: "public.narrow" })
      await run(
        login(),
        Effect.gen(function* () {
          const found = yield* table("narrow")
          yield* failureOf(page(found, 20_000, 1e9))
          proxy.heal()
          const whole = yield* page(found, 20_000, 1e9)
          expect(whole.rows).toHaveLength(20_000)
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

    it("asks for nothing at its start that a pooler refuses", async () => {
      let startup = ""
      const listener = createServer((socket) => {
        socket.once("data", (chunk) => {
          startup = chunk.subarray(8).toString()
          socket.destroy()
        })
      }).listen(0, "127.0.0.1")
      await vi.waitUntil(() => listener.address() !== null)
      const address = listener.address()
      if (address === null || typeof address === "string") return expect.unreachable()
      await fails(login({ port: address.port, tls: "disable" }), "unreachable")
      listener.close()
      expect(startup.split("\0").filter((text) => text !== "")).toEqual([
        "user",
        "reader",
        "database",
        "faults",
        "application_name",
        "starbase-replication",
        "client_encoding",
        "UTF8",
      ])
    })
  })

  describe("wide rows", () => {
    it("end a page early, and the rest is not read", async () => {
      const before = process.memoryUsage().rss
      await run(
        login(),
        Effect.gen(function* () {
          const found = yield* table("wide")
          const first = yield* page(found, 5000, 4_000_000)
          expect(first).toMatchObject({ done: false, bytes: expect.toSatisfy((bytes: number) => bytes < 5_100_000) })
          expect(first.rows.map(([id]) => id)).toEqual(["1", "2", "3", "4"])
          const second = yield* page(found, 5000, 4_000_000, ["4"])
          expect(second.rows.map(([id]) => id)).toEqual(["5", "6", "7", "8"])
          expect(second.rows[0]?.[1]).toHaveLength(1_000_000)
        }),
      )
      expect(proxy.received()).toBeLessThan(60_000_000)
      expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
    })

    it("are read to the last, one a page if need be", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          const found = yield* table("wide")
          const where = [{ column: "id", op: "lte", value: "20" } as const]
          const all = Array.from({ length: 20 }, (_, index) => String(index + 1))
          for (const maxBytes of [1, 3_000_000, 1e9]) {
            const { rows } = yield* walk({ table: found, where, limit: 5000, maxBytes })
            expect(rows.map(([id]) => id)).toEqual(all)
          }
        }),
      )
    })

    it("cost no connection where little is left over", async () => {
      await run(
        login(),
        Effect.gen(function* () {
          const { rows, pages } = yield* Effect.flatMap(table("narrow"), (found) =>
            walk({ table: found, limit: 5000, maxBytes: 100_000 }),
          )
          expect(rows).toHaveLength(20_000)
          expect(pages.length).toBeGreaterThan(6)
          expect(proxy.accepted()).toBe(1)
        }),
      )
    })
  })
})
