import { describeOne, valuesOf, walk, readPage } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import { makeStatements } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { dialect } from "../src/internal/sql.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const statements = makeStatements(dialect)

/** Types that order rows, each with values that are hard to tell apart or to place. */
const keys: ReadonlyArray<readonly [type: string, values: ReadonlyArray<string>]> = [
  ["smallint", ["-32768", "-1", "0", "9", "10", "100", "32767"]],
  ["bigint", ["-9223372036854775808", "-1", "9", "10", "9007199254740992", "9007199254740993", "9223372036854775807"]],
  ["oid", ["0", "2147483648", "4294967295"]],
  ["numeric", ["-Infinity", "-10", "-9.99", "0", "1.10", "1.2", "9", "10", "1e30", "Infinity", "NaN"]],
  ["numeric(4,2)", ["-1.05", "1.00", "1.01", "99.99"]],
  ["real", ["-Infinity", "-0.1", "0", "1e-45", "0.1", "0.2", "16777216", "3.4e38", "Infinity", "NaN"]],
  ["double precision", ["-Infinity", "0", "5e-324", "0.1", "0.30000000000000004", "0.3", "1e308", "Infinity", "NaN"]],
  ["money", ["-1234567.89", "0", "0.01", "9", "10"]],
  ["boolean", ["false", "true"]],
  ["bit(1)", ["0", "1"]],
  ["bit(9)", ["000000000", "000000001", "100000000"]],
  ["bit varying", ["", "0", "00", "01", "1"]],
  ["text", ["", " ", "!", "10", "9", "A", "a", "Z", "\\", "'", '"', "é", "e\u0301", "z", "ü", "\u{1F600}"]],
  ['text COLLATE "en-x-icu"', ["", "!", "10", "9", "A", "a", "B", "b", "é", "ee", "ü", "z", "Z", "\u{1F600}"]],
  ["text COLLATE keys.insensitive", ["", "a", "B", "c", "É", "z"]],
  ["character varying(8)", ["", "a", "a ", "ab", "b"]],
  ["character(3)", ["", "a", "a b", "b"]],
  ["name", ["A", "a", "b"]],
  ['"char"', ["A", "a", "z"]],
  ["ext.citext", ["A", "b", "C", "d", "É"]],
  ["bytea", ["", "\\x00", "\\x0000", "\\x5c", "\\xff"]],
  [
    "uuid",
    [
      "00000000-0000-0000-0000-000000000000",
      "0fffffff-0000-4000-8000-000000000000",
      "f0000000-0000-0000-0000-000000000000",
    ],
  ],
  ["date", ["-infinity", "4713-01-01 BC", "0001-01-01", "2024-02-29", "9999-12-31", "10000-01-01", "infinity"]],
  ["time", ["00:00:00", "00:00:00.000001", "12:00:00", "24:00:00"]],
  ["time with time zone", ["00:00:00+01", "00:00:00+00", "12:00:00.5-05:30"]],
  [
    "timestamp",
    [
      "-infinity",
      "4713-01-01 BC",
      "1969-12-31 23:59:59.999999",
      "2024-01-01",
      "2024-01-01 00:00:00.000001",
      "20000-01-01",
      "infinity",
    ],
  ],
  [
    "timestamptz",
    [
      "-infinity",
      "0044-03-15 BC",
      "2024-01-01 00:00:00+01",
      "2024-01-01 00:00:00.000001Z",
      "2024-01-01 00:00:00.000002Z",
      "20000-01-01",
      "infinity",
    ],
  ],
  ["interval", ["-1 year", "-1 day +01:00:00", "00:00:00", "1 day -00:00:01", "1 day", "1 mon", "31 days"]],
  ["inet", ["10.0.0.1", "10.0.0.0/8", "10.0.0.2", "::1"]],
  ["macaddr", ["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"]],
  ["pg_lsn", ["0/1", "0/10", "1/0"]],
  ["int4range", ["empty", "(,)", "[1,2)", "[1,10)", "[2,3)"]],
  ["jsonb", ["null", "1", "2", "10", '"a"', "[]", "{}"]],
  ["keys.mood", ["sad", "ok", "happy"]],
  ["keys.code", ["A1", "B2"]],
  ["keys.pair", ["(1,b)", "(1,c)", "(2,a)"]],
]

const setup = `
  CREATE SCHEMA keys;
  CREATE SCHEMA ext;
  CREATE EXTENSION citext SCHEMA ext;
  CREATE TYPE keys.mood AS ENUM ('sad', 'ok', 'happy');
  CREATE DOMAIN keys.code AS character varying(2) CHECK (VALUE ~ '^[A-Z][0-9]$');
  CREATE TYPE keys.pair AS (a integer, b text);
  CREATE COLLATION keys.insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
`

describe("paging", () => {
  let server: Postgres
  let database: PostgresDatabase
  let source: ReturnType<typeof byUrl>
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(source, effect))
  const column = async (sql: string) => (await database.query(sql)).map(([value]) => value)

  beforeAll(async () => {
    server = await startPostgres()
    database = await server.createDatabase("paging")
    source = byUrl(database.url)
    await database.query(setup)
  })
  afterAll(() => server?.stop())

  describe("by a key of every type that has an order", () => {
    beforeAll(async () => {
      for (const [index, [type, values]] of keys.entries()) {
        await database.query(`CREATE TABLE keys.k${index} (k ${type} PRIMARY KEY, n integer NOT NULL)`)
        const cast = type.replace(/ COLLATE.*/, "")
        const bound = cast === "money" ? "$1::text::numeric::money" : `$1::text::${cast}`
        for (const [n, value] of values.entries()) {
          await database.query(`INSERT INTO keys.k${index} VALUES (${bound}, $2)`, [value, n])
        }
      }
    })
    it.each(keys.map(([type], index) => [type, index] as const))("%s", async (_, index) => {
      const name = `k${index}`
      const expected = await column(`SELECT n::text FROM keys.${name} t ORDER BY t.k`)
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("keys", name)
          expect(table.key).toEqual(["k"])
          for (const limit of [1, 2, 7]) {
            const { rows } = yield* walk({ table, limit })
            expect(valuesOf(table, rows, "n")).toEqual(expected)
          }
          const { rows } = yield* walk({ table })
          const found = yield* (yield* Source).lookup({
            table,
            columns: table.columns,
            where: [],
            key: ["k"],
            keys: rows.map(([key]) => [key ?? ""]),
          })
          expect(new Set(valuesOf(table, found, "n"))).toEqual(new Set(expected))
          const kColumn = table.columns.slice(0, 1)
          for (const [key, n] of rows) {
            const where = [{ column: "k", op: "eq", value: key ?? "" } as const]
            const one = yield* walk({ table, where, order: ["k"] })
            expect(valuesOf(table, one.rows, "n")).toEqual([n])
          }
          const [last] = kColumn
          if (last !== undefined) {
            expect(yield* (yield* Source).highest(table, last, [])).toBe(rows.at(-1)?.[0])
          }
        }),
      )
    })
  })

  describe("over ties and several columns", () => {
    beforeAll(() =>
      database.query(`
        CREATE TABLE ties (id bigint PRIMARY KEY, at timestamptz, name text COLLATE "en-x-icu" NOT NULL);
        INSERT INTO ties
          SELECT g * (CASE WHEN g % 2 = 0 THEN 1 ELSE -1 END),
            CASE WHEN g % 11 > 0 THEN '2024-01-01'::timestamptz + (g / 50) * interval '1 microsecond' END,
            chr(65 + g % 26) || chr(97 + g % 7)
          FROM generate_series(1, 500) g;
        CREATE TABLE composite (a text COLLATE "en-x-icu", b bigint, c uuid, n serial, PRIMARY KEY (a, b, c));
        INSERT INTO composite (a, b, c)
          SELECT x.a, y.b, z.c FROM unnest('{a,A,b,ü,""}'::text[]) x(a), unnest('{-1,0,9007199254740993}'::bigint[]) y(b),
            unnest('{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff}'::uuid[]) z(c);
      `),
    )

    it.each([1, 2, 7, 1000])("reads each row once in the source's order, %i a page", async (limit) => {
      const where = [{ column: "at", op: "isNotNull" } as const]
      const byTime = await column("SELECT t.id::text FROM ties t WHERE at IS NOT NULL ORDER BY t.at, t.id")
      const byName = await column("SELECT t.id::text FROM ties t ORDER BY t.name, t.id")
      const byKey = await column("SELECT t.n::text FROM composite t ORDER BY t.a, t.b, t.c")
      await run(
        Effect.gen(function* () {
          const ties = yield* describeOne("public", "ties")
          const composite = yield* describeOne("public", "composite")
          const time = yield* walk({ table: ties, where, order: ["at", "id"], limit })
          const name = yield* walk({ table: ties, order: ["name", "id"], limit })
          const key = yield* walk({ table: composite, limit })
          expect(valuesOf(ties, time.rows, "id")).toEqual(byTime)
          expect(valuesOf(ties, name.rows, "id")).toEqual(byName)
          expect(valuesOf(composite, key.rows, "n")).toEqual(byKey)
          expect(time.pages.map((page) => page.done).indexOf(true)).toBe(time.pages.length - 1)
        }),
      )
    })

    it("goes on after fewer values than the order has", async () => {
      const after = ["2024-01-01T00:00:00.000003Z"]
      const expected = await column(
        "SELECT t.id::text FROM ties t WHERE at > '2024-01-01 00:00:00.000003Z' ORDER BY t.at, t.id",
      )
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "ties")
          const page = yield* readPage({
            table,
            columns: table.columns,
            where: [],
            order: ["at", "id"],
            after,
            limit: 1000,
            maxBytes: 1e9,
          })
          expect(valuesOf(table, page.rows, "id")).toEqual(expected)
        }),
      )
    })

    it("looks rows up by several columns, each once", async () => {
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "composite")
          const zero = "00000000-0000-0000-0000-000000000000"
          const keys = [
            ["ü", "-1", zero],
            ["ü", "-1", zero],
            ["gone", "0", zero],
            ["", "9007199254740993", zero],
          ]
          const rows = yield* (yield* Source).lookup({
            table,
            columns: table.columns.slice(0, 2),
            where: [],
            key: table.key,
            keys,
          })
          expect(new Set(rows.map((row) => row.join("|")))).toEqual(new Set(["ü|-1", "|9007199254740993"]))
          expect(rows).toHaveLength(2)
        }),
      )
    })

    it("filters by each operator", async () => {
      const conditions = [
        ["at", "eq", "2024-01-01T00:00:00.000003Z", "at = '2024-01-01 00:00:00.000003Z'"],
        ["at", "neq", "2024-01-01T00:00:00.000003Z", "at <> '2024-01-01 00:00:00.000003Z'"],
        ["id", "lt", "-100", "id < -100"],
        ["id", "lte", "100", "id <= 100"],
        ["name", "gt", "M", "name > 'M'"],
        ["name", "gte", "Ma", "name >= 'Ma'"],
      ] as const
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "ties")
          const ids = (where: Parameters<typeof walk>[0]["where"]) =>
            Effect.map(walk({ table, where: where ?? [] }), ({ rows }) => valuesOf(table, rows, "id"))
          const expected = (sql: string) =>
            Effect.promise(() => column(`SELECT t.id::text FROM ties t WHERE ${sql} ORDER BY t.id`))
          for (const [name, op, value, sql] of conditions) {
            expect(yield* ids([{ column: name, op, value }])).toEqual(yield* expected(sql))
          }
          expect(yield* ids([{ column: "name", op: "in", values: ["Aa", `'"\\{},`] }])).toEqual(
            yield* expected("name = 'Aa'"),
          )
          expect(yield* ids([{ column: "at", op: "isNull" }])).toEqual(yield* expected("at IS NULL"))
          expect(
            yield* ids([
              { column: "at", op: "isNull" },
              { column: "id", op: "gt", value: "100" },
            ]),
          ).toEqual(yield* expected("at IS NULL AND id > 100"))
        }),
      )
    })

    it("finds the highest value, NULL aside", async () => {
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "ties")
          const { highest } = yield* Source
          const [id, at] = table.columns
          if (id === undefined || at === undefined) return
          expect(yield* highest(table, at, [])).toBe("2024-01-01T00:00:00.000010Z")
          expect(yield* highest(table, id, [{ column: "id", op: "lt", value: "-100" }])).toBe("-101")
          expect(yield* highest(table, at, [{ column: "at", op: "isNull" }])).toBeNull()
        }),
      )
    })
  })

  describe("what helps to find deletes and late commits", () => {
    it("sums up ranges of integer keys, whatever their size", async () => {
      const keys = [-9223372036854775808n, -7n, 0n, 5n, 2147483647n, 9007199254740993n, 9223372036854775807n]
      await database.query("CREATE TABLE summed (id bigint PRIMARY KEY, v int)")
      await database.query("INSERT INTO summed SELECT unnest($1::bigint[]), 1", [`{${keys.join(",")}}`])
      const modulus = 2147483647n
      const summary = (of: ReadonlyArray<bigint>) => {
        const rests = of.map((key) => key % modulus)
        const sum = (values: ReadonlyArray<bigint>) => String(values.reduce((total, value) => total + value, 0n))
        return { count: String(of.length), sum: sum(rests), squares: sum(rests.map((rest) => (rest * rest) % modulus)) }
      }
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "summed")
          const { summarize } = yield* Source
          const [column] = table.columns
          if (summarize === undefined || column === undefined) return expect.unreachable()
          const ask = (after: string | undefined, until: string) =>
            summarize({
              table,
              where: [{ column: "v", op: "eq", value: "1" }],
              key: [column],
              after: after === undefined ? undefined : [after],
              until: [until],
            })
          expect(yield* ask(undefined, "9223372036854775807")).toEqual(summary(keys))
          expect(yield* ask("-7", "9007199254740993")).toEqual(summary(keys.slice(2, 6)))
          expect(yield* ask("5", "5")).toEqual({ count: "0", sum: "0", squares: "0" })
        }),
      )
    })

    it("tells which transactions are in flight", async () => {
      const client = new pg.Client(database.url)
      await client.connect()
      await client.query("BEGIN")
      const { rows } = await client.query({ text: "SELECT pg_current_xact_id()::text", rowMode: "array" })
      const [[id] = []] = rows
      const ask = Effect.flatMap(Source, ({ transactions }) => transactions ?? Effect.die("no transactions"))
      const during = await run(ask)
      await client.query("COMMIT")
      await client.end()
      const later = await run(ask)
      expect(during.open).toContain(id)
      expect(later.open).not.toContain(id)
      expect(BigInt(during.next)).toBeGreaterThan(BigInt(String(id)))
    })
  })

  describe("pages", () => {
    it("is done on an empty table, and not on a full page", async () => {
      await database.query("CREATE TABLE few (id int PRIMARY KEY)")
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "few")
          const request = {
            table,
            columns: table.columns,
            where: [],
            order: ["id"],
            after: undefined,
            limit: 3,
            maxBytes: 1e9,
          }
          expect(yield* readPage(request)).toEqual({ rows: [], done: true, bytes: 0 })
          yield* Effect.promise(() => database.query("INSERT INTO few VALUES (1), (2), (3)"))
          expect(yield* readPage(request)).toEqual({ rows: [["1"], ["2"], ["3"]], done: false, bytes: 3 })
          expect(yield* readPage({ ...request, after: ["3"] })).toEqual({ rows: [], done: true, bytes: 0 })
        }),
      )
    })

    it("refuses to order by an array, and by a type without an order", async () => {
      await database.query("CREATE TABLE odd (a int[] NOT NULL, p point NOT NULL, j json)")
      await run(
        Effect.gen(function* () {
          const table = yield* describeOne("public", "odd")
          for (const order of ["a", "p", "j"]) {
            expect(yield* failureOf(walk({ table, order: [order] }))).toMatchObject({
              code: "unsupported",
              table: "public.odd",
            })
          }
        }),
      )
    })
  })

  describe("plans", () => {
    beforeAll(() =>
      database.query(`
        CREATE TABLE planned (id bigint PRIMARY KEY, at timestamptz NOT NULL, name varchar(20) NOT NULL, code char(5) NOT NULL,
          uid uuid NOT NULL, nick ext.citext NOT NULL, price money NOT NULL, mood keys.mood NOT NULL, rank keys.code NOT NULL);
        INSERT INTO planned
          SELECT g, '2024-01-01'::timestamptz + g * interval '1 second', 'n' || g, g % 1000, gen_random_uuid(), 'N' || g, g, 'ok', 'A1'
          FROM generate_series(1, 20000) g;
        ${["name", "code", "uid", "nick", "price", "mood", "rank"].map((one) => `CREATE INDEX ON planned (${one}, id)`).join(";")};
        CREATE INDEX ON planned (at);
        ANALYZE planned;
      `),
    )
    const explain = async (statement: { text: string; values: ReadonlyArray<string> }) => {
      await database.query(`SET search_path = "$user", public, ext`)
      return (await column2(`EXPLAIN ${statement.text}`, statement.values)).join("\n")
    }
    const column2 = async (sql: string, values: ReadonlyArray<string>) =>
      (await database.query(sql, values)).map(([value]) => String(value))

    it.each(["id", "at", "name", "code", "uid", "nick", "price", "mood", "rank"])(
      "bounds and orders by the index on %s",
      async (name) => {
        const order = name === "id" ? ["id"] : [name, "id"]
        const { table, after } = await run(
          Effect.gen(function* () {
            const table = yield* describeOne("public", "planned")
            const { rows } = yield* walk({ table, order, limit: 20_000 })
            const middle = rows[10_000] ?? []
            const places = order.map((one) => table.columns.findIndex((column) => column.name === one))
            return { table, after: places.map((place) => middle[place] ?? "") }
          }),
        )
        const plan = await explain(
          statements.read({ table, columns: table.columns, where: [], order, after, limit: 100, maxBytes: 1e6 }),
        )
        expect(plan).toMatch(/Index Scan/)
        expect(plan).toMatch(/Index Cond/)
        expect(plan).not.toMatch(/Seq Scan|-> {2}Sort/)
      },
    )

    it("looks up by the index", async () => {
      const table = await run(describeOne("public", "planned"))
      const lookups = [
        { key: ["id"], keys: [["1"], ["2"]] },
        {
          key: ["name", "id"],
          keys: [
            ["n1", "1"],
            ["n2", "2"],
          ],
        },
      ]
      for (const lookup of lookups) {
        const plan = await explain(statements.lookup({ table, columns: table.columns, where: [], ...lookup }))
        expect(plan).toMatch(/Index Cond/)
        expect(plan).not.toMatch(/Seq Scan/)
      }
    })
  })
})
