import { describeOne, valuesOf, walk, describeAll } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import { startSupabaseLite } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"
import { access, type Access, failureOf, withSource } from "./support/source.ts"

/** Types that order rows, each with values that are hard to tell apart or to place. */
const keys: ReadonlyArray<readonly [type: string, values: ReadonlyArray<string>]> = [
  ["smallint", ["-32768", "-1", "0", "9", "10", "100", "32767"]],
  ["bigint", ["-9223372036854775808", "-1", "9", "10", "9007199254740992", "9007199254740993", "9223372036854775807"]],
  ["numeric", ["-Infinity", "-10", "-9.99", "0", "1.10", "1.2", "9", "10", "1e30", "Infinity", "NaN"]],
  ["real", ["-Infinity", "-0.1", "0", "1e-45", "0.1", "0.2", "16777216", "3.4e38", "Infinity", "NaN"]],
  ["double precision", ["-Infinity", "0", "5e-324", "0.1", "0.30000000000000004", "0.3", "1e308", "Infinity", "NaN"]],
  ["money", ["-1234567.89", "0", "0.01", "9", "10"]],
  ["boolean", ["false", "true"]],
  ["bit(9)", ["000000000", "000000001", "100000000"]],
  [
    "text",
    ["", " ", "!", "10", "9", "A", "a", "Z", "'", "a,b", "x.y:z", "(p)", "é", "e\u0301", "z", "ü", "\u{1F600}", "null"],
  ],
  ['text COLLATE "en-x-icu"', ["", "!", "10", "9", "A", "a", "B", "b", "é", "ee", "ü", "z", "Z", "\u{1F600}"]],
  ["character(3)", ["", "a", "a b", "b"]],
  ["extensions.citext", ["A", "b", "C", "d", "É"]],
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
  [
    "timestamp",
    [
      "-infinity",
      "4713-01-01 BC",
      "1969-12-31 23:59:59.999999",
      "2024-01-01",
      "2024-01-01 00:00:00.000001",
      "infinity",
    ],
  ],
  [
    "timestamptz",
    [
      "-infinity",
      "0044-03-15 BC",
      "2024-01-01 00:00:00.000001Z",
      "2024-01-01 00:00:00.000002Z",
      "20000-01-01",
      "infinity",
    ],
  ],
  ["interval", ["-1 year", "-1 day +01:00:00", "00:00:00", "1 day -00:00:01", "1 day", "1 mon", "31 days"]],
  ["inet", ["10.0.0.1", "10.0.0.0/8", "10.0.0.2", "::1"]],
  ["public.mood", ["sad", "ok", "happy"]],
]

/** Types whose values lite's own driver takes for something else. */
const strictKeys: typeof keys = [
  ["bytea", ["", "\\x00", "\\x0000", "\\x22", "\\x5c", "\\xff"]],
  ["jsonb", ["null", "1", "2", "10", '"a"', "[]", "{}"]],
]

/** Values that lite cannot read where they are escaped, as PostgREST's grammar wants it. */
const escaped = [
  "",
  '"',
  '""',
  "\\",
  "\\\\",
  '\\"',
  'a"b',
  "a\\b",
  ")",
  "(",
  '"),id.gt.(',
  "{1,2}",
  "\\x00",
  "%22",
  "+",
  "a\nb",
]

const setup = `
  CREATE SCHEMA extensions;
  CREATE EXTENSION citext SCHEMA extensions;
  GRANT USAGE ON SCHEMA extensions TO PUBLIC;
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
  SET search_path = public, extensions;
  CREATE TABLE escaped (k text, v text, n int NOT NULL, PRIMARY KEY (k, v));
  CREATE TABLE composite (a text, b int, c uuid DEFAULT gen_random_uuid(), PRIMARY KEY (a, b, c));
  INSERT INTO composite (a, b) SELECT chr(97 + n % 3), n % 5 FROM generate_series(1, 60) n;
  CREATE TABLE ties (id bigint PRIMARY KEY, at timestamptz NOT NULL, pad text);
  INSERT INTO ties SELECT n * 3 - 50, '2024-01-01Z'::timestamptz + n / 7 * interval '1 microsecond' FROM generate_series(1, 60) n;
  CREATE TABLE many (id bigint PRIMARY KEY, at timestamptz NOT NULL);
  INSERT INTO many SELECT n, '2024-01-01Z'::timestamptz + n / 1500 * interval '1 microsecond' FROM generate_series(1, 2600) n;
  CREATE TABLE wide (id int PRIMARY KEY, v text);
  INSERT INTO wide SELECT n, repeat(chr(200 + n), 400000) FROM generate_series(1, 12) n;
  CREATE TABLE long (k text PRIMARY KEY);
  INSERT INTO long SELECT repeat('é', 366) || n FROM generate_series(1, 30) n;
  CREATE TABLE spelled (k citext PRIMARY KEY, n int NOT NULL);
  INSERT INTO spelled VALUES ('Foo', 1), ('bar', 2), ('Élan', 3), ('x y', 4);
  CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TABLE equal (a text COLLATE nocase, b numeric, n int NOT NULL, PRIMARY KEY (a, b));
  INSERT INTO equal VALUES ('Foo', 1.0, 1), ('bar', 1.0, 2), ('bar', 2.00, 3);
  CREATE TABLE doubles (k double precision PRIMARY KEY);
  INSERT INTO doubles VALUES (1e21), (1e-5), (0.5);
  CREATE TABLE empty (id int PRIMARY KEY);
  CREATE VIEW doubled AS SELECT id FROM ties UNION ALL SELECT id FROM ties;
  CREATE TABLE "a/b?c#d%e f" ("we""ird \\x" text, "a.b,c:d(e)" int, "select" int, "__proto__" int, "Ünï 1" int, "count()" int,
    PRIMARY KEY ("we""ird \\x", "a.b,c:d(e)"));
  INSERT INTO "a/b?c#d%e f" SELECT 'k' || n % 2, n, n, n, n, n FROM generate_series(1, 5) n;
  CREATE TABLE "b?c#d%e f" AS SELECT * FROM "a/b?c#d%e f";
  CREATE TABLE "__proto__" (id int PRIMARY KEY);
  INSERT INTO "__proto__" VALUES (1), (2);
  CREATE TABLE starred ("*" int PRIMARY KEY);
  CREATE TABLE listed (id int[] PRIMARY KEY);
  CREATE TABLE "." (id int PRIMARY KEY);
`

let servers: Servers
const run = <A, E>(one: Access, effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(one, effect))
const onBoth = async <A, E>(effect: Effect.Effect<A, E, Source>) => {
  for (const [, one] of servers.both) await run(one, effect)
}
const lite = () => access(servers.lite.url, servers.lite.secretKey)
const postgrest = () => access(servers.postgrest.url, servers.lite.secretKey)
const column = async (sql: string) => (await servers.database.query(sql)).map(([value]) => value)

beforeAll(async () => {
  servers = await startServers(setup)
  const { database } = servers
  for (const [index, [type, values]] of [...keys, ...strictKeys].entries()) {
    await database.query(`CREATE TABLE k${index} (k ${type} PRIMARY KEY, n integer NOT NULL)`)
    const bound = `$1::text::${type.replace(/ COLLATE.*/, "")}`
    for (const [n, value] of values.entries())
      await database.query(`INSERT INTO k${index} VALUES (${bound}, $2)`, [value, n])
  }
  for (const [n, k] of escaped.entries()) {
    for (const [m, v] of escaped.entries())
      await database.query("INSERT INTO escaped VALUES ($1, $2, $3)", [k, v, n * 100 + m])
  }
  await servers.reload()
})
afterAll(() => servers?.stop())

const checkKey = (name: string, expected: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const source = yield* Source
    const table = yield* describeOne("public", name)
    for (const limit of [1, 2, 1000]) {
      const { rows } = yield* walk({ table, limit })
      expect(valuesOf(table, rows, "n")).toEqual(expected)
    }
    const { rows } = yield* walk({ table })
    const wanted = rows.map(([key]) => [key ?? ""])
    const found = yield* source.lookup({ table, columns: table.columns, where: [], key: ["k"], keys: wanted })
    expect(new Set(valuesOf(table, found, "n"))).toEqual(new Set(expected))
  })

describe("by a key of every type that has an order", () => {
  it.each([...keys, ...strictKeys].map(([type], index) => [type, index] as const))("%s", async (_, index) => {
    const expected = await column(`SELECT n::text FROM k${index} t ORDER BY t.k`)
    if (index < keys.length) await run(lite(), checkKey(`k${index}`, expected))
    await run(postgrest(), checkKey(`k${index}`, expected))
  })
})

describe("by several columns", () => {
  it.each([1, 2, 7, 1000])("pages of %i rows lose and double nothing", async (limit) => {
    await onBoth(
      Effect.gen(function* () {
        for (const [name, order] of [
          ["composite", ["a", "b", "c"]],
          ["ties", ["at", "id"]],
        ] as const) {
          const table = yield* describeOne("public", name)
          const { rows } = yield* walk({ table, order, limit })
          const picked = rows.map((row) =>
            order.map((one) => row[table.columns.findIndex((c) => c.name === one)]).join(),
          )
          const sql =
            name === "ties"
              ? `SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ',' || id FROM ties ORDER BY at, id`
              : `SELECT concat_ws(',', a, b, c) FROM composite ORDER BY a, b, c`
          expect(picked).toEqual(yield* Effect.promise(() => column(sql)))
        }
      }),
    )
  })

  it("reads values that need escapes", async () => {
    const expected = await column("SELECT n::text FROM escaped ORDER BY k, v")
    await run(
      postgrest(),
      Effect.gen(function* () {
        const table = yield* describeOne("public", "escaped")
        for (const limit of [1, 7, 1000]) {
          const { rows } = yield* walk({ table, limit })
          expect(valuesOf(table, rows, "n")).toEqual(expected)
        }
        const { rows } = yield* walk({ table })
        const keys = rows.map(([k, v]) => [k ?? "", v ?? ""])
        const source = yield* Source
        const found = yield* source.lookup({ table, columns: table.columns, where: [], key: ["k", "v"], keys })
        expect(found.length).toBe(escaped.length ** 2)
        for (const value of escaped) {
          const where = [{ column: "k", op: "in", values: [value, "none"] }] as const
          expect((yield* walk({ table, where })).rows.length).toBe(escaped.length)
        }
      }),
    )
  })
})

describe("a key that is equal at the source and spelled otherwise", () => {
  const spelled = [["foo"], ["FOO"], ["bar"], ["élan"], ["x y"], ["none"]]
  const twice = [
    ["foo", "1.0"],
    ["Foo", "1.00"],
    ["bar", "1.0"],
    ["bar", "2.0"],
  ]
  it.each([
    ["spelled", spelled, ["2", "4"]],
    ["equal", twice, ["2"]],
  ] as const)("of %s is absent", async (name, keys, expected) => {
    const find = Effect.gen(function* () {
      const table = yield* describeOne("public", name)
      const source = yield* Source
      const { columns, key } = table
      const found = yield* source.lookup({ table, columns, where: [], key, keys })
      expect(valuesOf(table, found, "n")).toEqual(expected)
      const exact = yield* walk({ table })
      const places = key.map((one) => columns.findIndex((c) => c.name === one))
      const own = exact.rows.map((row) => places.map((place) => row[place] ?? ""))
      expect((yield* source.lookup({ table, columns, where: [], key, keys: own })).length).toBe(own.length)
    })
    await onBoth(find)
    const capped = await startSupabaseLite(servers.database, { maxRows: 1 })
    try {
      await run(access(capped.url, capped.secretKey), find)
    } finally {
      await capped.stop()
    }
  })
})

it("finds a double in whichever way its key is printed", async () => {
  await onBoth(
    Effect.gen(function* () {
      const table = yield* describeOne("public", "doubles")
      const keys = [["1e+21"], ["0.00001"], ["0.5"]]
      const { columns, key } = table
      const found = yield* (yield* Source).lookup({ table, columns, where: [], key, keys })
      expect(found.map(([k]) => Number(k)).toSorted((a, b) => a - b)).toEqual([1e-5, 0.5, 1e21])
    }),
  )
})

describe("behind a cap of rows", () => {
  it.each([1000, 2500, 100_000])("reads all 2600 rows by pages of %i", async (limit) => {
    await onBoth(
      Effect.gen(function* () {
        const table = yield* describeOne("public", "many")
        for (const order of [["id"], ["at", "id"]]) {
          const { rows, pages } = yield* walk({ table, order, limit })
          expect(rows.map(([id]) => Number(id))).toEqual(Array.from({ length: 2600 }, (_, n) => n + 1))
          expect(pages.at(-1)?.rows).toEqual([])
          expect(pages.slice(0, -1).some(({ done }) => done)).toBe(false)
        }
      }),
    )
  })

  it("finds 1000 keys where the cap is 7, and knows which are absent", async () => {
    const capped = await startSupabaseLite(servers.database, { maxRows: 7 })
    try {
      const keys = Array.from({ length: 1000 }, (_, n) => [String(n * 3)])
      const found = await run(
        access(capped.url, capped.secretKey),
        Effect.gen(function* () {
          const table = yield* describeOne("public", "many")
          const source = yield* Source
          expect((yield* walk({ table, where: [{ column: "id", op: "lt", value: "30" }] })).rows.length).toBe(29)
          return yield* source.lookup({ table, columns: table.columns.slice(0, 1), where: [], key: ["id"], keys })
        }),
      )
      expect(capped.takeRequests().every((url) => url.length < 8000)).toBe(true)
      expect(found.map(([id]) => Number(id)).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 866 }, (_, n) => (n + 1) * 3),
      )
    } finally {
      await capped.stop()
    }
  })

  it("reads and looks up long keys behind a gateway that takes 8 kB", async () => {
    const capped = await startSupabaseLite(servers.database, { maxRows: 1 })
    capped.fault = ({ url }) => (url.length > 8192 ? new Response("<p>", { status: 414 }) : undefined)
    try {
      const found = await run(
        access(capped.url, capped.secretKey),
        Effect.gen(function* () {
          const table = yield* describeOne("public", "long")
          const { rows } = yield* walk({ table })
          const keys = [...rows.map(([key]) => [key ?? ""]), ["none"]]
          return yield* (yield* Source).lookup({ table, columns: table.columns, where: [], key: ["k"], keys })
        }),
      )
      expect(found.length).toBe(30)
    } finally {
      await capped.stop()
    }
  })

  it("says of an empty table that it is done, and of its highest value that there is none", async () => {
    await onBoth(
      Effect.gen(function* () {
        const source = yield* Source
        const [empty, many] = yield* describeAll([{ name: "empty" }, { name: "many" }])
        if (empty === undefined || many === undefined) return yield* Effect.die(new Error("no table"))
        expect((yield* walk({ table: empty })).pages).toEqual([{ rows: [], done: true, bytes: 0 }])
        expect(yield* source.highest(empty, { ...at(empty, 0), nullable: true }, [])).toBe(null)
        expect(yield* source.highest(many, at(many, 1), [])).toBe("2024-01-01T00:00:00.000001Z")
        const where = [{ column: "id", op: "lte", value: "9" }] as const
        expect(yield* source.highest(many, at(many, 0), where)).toBe("9")
      }),
    )
  })

  it("ends pages of wide rows near the bytes that were asked for", async () => {
    await onBoth(
      Effect.gen(function* () {
        const table = yield* describeOne("public", "wide")
        const { rows, pages } = yield* walk({ table, limit: 5000, maxBytes: 1_000_000 })
        expect(rows.length).toBe(12)
        for (const { rows, done, bytes } of pages) {
          expect(done).toBe(rows.length === 0)
          expect(rows.length).toBeLessThanOrEqual(2)
          expect(bytes).toBeGreaterThanOrEqual(rows.length * 790_000)
        }
      }),
    )
  })
})

const at = (table: TableSchema, place: number) => {
  const found = table.columns[place]
  if (found === undefined) throw new Error("no column")
  return found
}

describe("hostile names", () => {
  it("reads tables and columns of any name", async () => {
    const read = Effect.gen(function* () {
      const table = yield* describeOne("public", "a/b?c#d%e f")
      expect(table.columns.map(({ name }) => name)).toEqual([
        'we"ird \\x',
        "a.b,c:d(e)",
        "select",
        "__proto__",
        "Ünï 1",
        "count()",
      ])
      const { rows } = yield* walk({ table, limit: 2, where: [{ column: "select", op: "gte", value: "1" }] })
      expect(rows.map((row) => row.join())).toEqual([
        "k0,2,2,2,2,2",
        "k0,4,4,4,4,4",
        "k1,1,1,1,1,1",
        "k1,3,3,3,3,3",
        "k1,5,5,5,5,5",
      ])
      const proto = yield* describeOne("public", "__proto__")
      expect((yield* walk({ table: proto })).rows).toEqual([["1"], ["2"]])
    })
    await run(postgrest(), read)
    // Lite knows no escapes in names, no quotes in order and no slash in a path: it shows the rest.
    await run(
      lite(),
      Effect.gen(function* () {
        const table = yield* describeOne("public", "b?c#d%e f")
        const columns = table.columns.slice(1)
        const { rows } = yield* walk({ table, columns, order: ["select"], limit: 2 })
        expect(rows.map((row) => row.join())).toEqual(["1,1,1,1,1", "2,2,2,2,2", "3,3,3,3,3", "4,4,4,4,4", "5,5,5,5,5"])
      }),
    )
  })

  it.each([
    ["starred", "*"],
    ["listed", "id"],
    [".", undefined],
  ])("refuses %s with a reason", async (name, hostile) => {
    const error = await run(
      lite(),
      Effect.flatMap(describeOne("public", name), (table) => failureOf(walk({ table }))),
    )
    expect(error).toMatchObject({ code: "unsupported", ...(hostile === undefined ? {} : { column: hostile }) })
  })
})

it("says of two equal rows that the key does not tell them apart", async () => {
  await onBoth(
    Effect.gen(function* () {
      const table = yield* describeOne("public", "doubled")
      expect(yield* failureOf(walk({ table, order: ["id"] }))).toMatchObject({ code: "key-not-unique", key: '["-47"]' })
    }),
  )
})

it("knows where a page ends, and about its size, before it makes its rows", async () => {
  const bounds = { where: [], order: ["id"], after: undefined, limit: 1000, maxBytes: 1_000_000 }
  await onBoth(
    Effect.gen(function* () {
      const { read } = yield* Source
      const doubled = yield* describeOne("public", "doubled")
      const { rows: twice } = yield* read({ ...bounds, table: doubled, columns: doubled.columns })
      expect(yield* failureOf(twice)).toMatchObject({ code: "key-not-unique", table: "public.doubled" })
      const table = yield* describeOne("public", "ties")
      const page = yield* read({ ...bounds, table, columns: table.columns })
      const rows = yield* page.rows
      const size = rows.flat().join("").length
      expect([page.length, page.last]).toEqual([rows.length, valuesOf(table, rows, "id").slice(-1)])
      expect(page.bytes).toBeGreaterThan(size * 0.5)
      expect(page.bytes).toBeLessThan(size * 2)
    }),
  )
})
