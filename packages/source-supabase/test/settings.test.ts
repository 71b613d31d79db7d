import { describeOne, walk } from "@starbase-replication/connector-testing"
import type { ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"
import { access, withSource } from "./support/source.ts"
import { fill, setup, types } from "./support/types.ts"

let servers: Servers
/** A connection of the API's that was ended a moment ago is told as busy. */
const patient = <A, R>(effect: Effect.Effect<A, ConnectorError, R>) =>
  Effect.retry(effect, { times: 20, while: ({ isRetryable }) => isRetryable })
const run = <A>(effect: Effect.Effect<A, ConnectorError, Source>) =>
  Effect.runPromise(patient(withSource(access(servers.postgrest.url, servers.postgrest.secretKey), effect)))

/** What each column of the table of all types is and holds, or why it cannot be read. */
const readColumns = () =>
  run(
    Effect.gen(function* () {
      const table = yield* describeOne("kinds", "all")
      return yield* Effect.forEach(types, (_, at) => {
        const columns = table.columns.filter(({ name }) => name === "id" || name === `c${at}`)
        const rows = Effect.map(walk({ table, columns, order: ["id"] }), (walked) => ({ columns, rows: walked.rows }))
        return Effect.result(patient(rows))
      })
    }),
  )
let usual: Awaited<ReturnType<typeof readColumns>>

/** Changes the role with which the API connects, and has it connect anew. */
const change = async (how: string) => {
  await servers.database.query(`ALTER ROLE authenticator ${how}`)
  await servers.database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'authenticator'")
  await servers.postgrest.reload()
}

beforeAll(async () => {
  servers = await startServers(setup, { schemas: ["public", "kinds"] })
  await fill(servers, `kinds."all"`, types)
  await servers.database.query(`
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO service_role;
    CREATE TABLE prices (id int PRIMARY KEY, price double precision, size real, parts double precision[]);
    INSERT INTO prices SELECT n, n / 100.0::float8, n / 4.0::real, ARRAY[n / 10.0::float8] FROM generate_series(1, 3000) n;
    CREATE TABLE sums (price double precision, id uuid PRIMARY KEY DEFAULT gen_random_uuid());
    INSERT INTO sums VALUES (0.5), (0.1::float8 + 0.2::float8), (NULL), ('NaN'), ('Infinity'), ('-0');
    CREATE TABLE smalls (id int PRIMARY KEY, size real);
    INSERT INTO smalls VALUES (1, 0.5), (2, 1.0000001);
    CREATE TABLE lists (id int PRIMARY KEY, sums double precision[]);
    INSERT INTO lists VALUES (1, '{0.5}'), (2, '{{1,0.30000000000000004},{NULL,NaN}}');
    CREATE TABLE keyed (k double precision PRIMARY KEY);
    INSERT INTO keyed VALUES (-1), (0), (0.1::float8 + 0.2::float8), (5), ('Infinity');
    CREATE TABLE exact (id int PRIMARY KEY, price double precision);
    INSERT INTO exact SELECT n, n / 3.0::float8 FROM generate_series(1, 3000) n;
  `)
  await servers.reload()
  usual = await readColumns()
  expect(usual.filter(Result.isFailure)).toEqual([])
})
afterEach(() => change("RESET ALL"))
afterAll(() => servers?.stop())

/** What other settings print of these is told by nothing in the text: see the README. */
const unknowable = /^(?:point|line|lseg|box|path|polygon|circle|box\[\]|kinds\.(?:pair|floatrange).*|reg.*)$/

describe("a setting of the role that prints values otherwise", () => {
  it.each([
    "datestyle = 'German'",
    "datestyle = 'SQL, DMY'",
    "datestyle = 'Postgres, MDY'",
    "intervalstyle = 'iso_8601'",
    "intervalstyle = 'sql_standard'",
    "intervalstyle = 'postgres_verbose'",
    "bytea_output = 'escape'",
    "timezone = 'Asia/Kolkata'",
    "timezone = 'America/New_York'",
    "extra_float_digits = 0",
    "extra_float_digits = -10",
    "extra_float_digits = 3",
    "quote_all_identifiers = on",
    "xmloption = document",
  ])("%s changes no value in silence", async (setting) => {
    await change(`SET ${setting}`)
    const read = await readColumns()
    const told: Array<string> = []
    for (const [at, [type]] of types.entries()) {
      const result = read[at]
      if (result === undefined) throw new Error(`c${at} was not read`)
      if (Result.isFailure(result)) expect(result.failure).toMatchObject({ code: "unsupported", column: `c${at}` })
      else if (JSON.stringify(result) !== JSON.stringify(usual[at])) told.push(type)
    }
    expect(told.filter((type) => !unknowable.test(type))).toEqual([])
  })
})

describe("doubles", () => {
  const read = (name: string, limit = 1000) =>
    Effect.flatMap(describeOne("public", name), (table) => walk({ table, limit }))
  const names = ["sums", "smalls", "lists", "keyed"]

  it.each(names)("of %s are refused where digits were left out", async (name) => {
    await change("SET extra_float_digits = 0")
    const result = await run(Effect.result(read(name)))
    const failure = Result.getOrUndefined(Result.flip(result))
    expect(failure).toMatchObject({ code: "unsupported", hint: expect.stringContaining("extra_float_digits") })
  })

  it.each([...names, "prices", "exact"])("of %s are read where none was", async (name) => {
    const [[count] = []] = await servers.database.query(`SELECT count(*)::int FROM ${name}`)
    expect((await run(read(name))).rows.length).toBe(Number(count))
  })

  it("cost a short question a page until one shows all of its digits", async () => {
    const asked = async (name: string) => {
      const urls: Array<string> = []
      const { lite } = servers
      lite.takeRequests()
      await Effect.runPromise(withSource(access(lite.url, lite.secretKey), read(name)))
      urls.push(...lite.takeRequests().filter((url) => url !== "/rest/v1/"))
      for (const url of urls) expect(url.length).toBeLessThan(8000)
      return [urls.length, urls.filter((url) => url.includes("neq")).length]
    }
    const [exact = 0, checks] = await asked("exact")
    expect(checks).toBe(0)
    expect(await asked("prices")).toEqual([exact * 2 - 1, exact - 1])
  })

  it("of a row that changed meanwhile are no reason to refuse", async () => {
    const { lite, database } = servers
    lite.fault = ({ url }) => {
      if (url.includes("neq")) void database.query("UPDATE prices SET price = price + 1000 WHERE id < 2900")
      return undefined
    }
    try {
      const { rows } = await Effect.runPromise(withSource(access(lite.url, lite.secretKey), read("prices")))
      expect(rows.length).toBe(3000)
    } finally {
      lite.fault = undefined
    }
  })
})
