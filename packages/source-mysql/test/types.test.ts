import { describeOne, walk } from "@starbase-replication/connector-testing"
import type { Column } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const name = "types_test"

/** The declared type, the values as SQL, the logical type and the canonical texts, NULL aside. */
const cases: ReadonlyArray<readonly [string, ReadonlyArray<string>, Column["type"], ReadonlyArray<string>]> = [
  ["tinyint", ["-128", "127"], "integer", ["-128", "127"]],
  ["tinyint(1)", ["0", "1", "-5"], "integer", ["0", "1", "-5"]],
  ["smallint unsigned", ["65535"], "integer", ["65535"]],
  ["mediumint", ["-8388608"], "integer", ["-8388608"]],
  ["int(8) zerofill", ["42", "0"], "integer", ["42", "0"]],
  [
    "bigint",
    ["-9223372036854775808", "9223372036854775807"],
    "integer",
    ["-9223372036854775808", "9223372036854775807"],
  ],
  ["bigint unsigned", ["0", "18446744073709551615"], "unsigned", ["0", "18446744073709551615"]],
  ["year", ["1901", "2155", "0"], "integer", ["1901", "2155", "0"]],
  [
    "decimal(65,30)",
    ["-12345678901234567890123456789012345.000000000000000000000000000001"],
    "decimal",
    ["-12345678901234567890123456789012345.000000000000000000000000000001"],
  ],
  ["decimal(8,2) zerofill", ["1.5"], "decimal", ["1.50"]],
  [
    "float",
    ["0.1", "16777216", "-3.4e38", "1.17549435e-38"],
    "real",
    [0.1, 16777216, -3.4e38, 1.17549435e-38].map((n) => String(Math.fround(n))),
  ],
  ["float(10,2)", ["3.14159"], "real", [String(Math.fround(3.14))]],
  [
    "double",
    ["0.1", "1.7976931348623157e308", "5e-324", "123456789.12345678", "1e21"],
    "real",
    ["0.1", "1.7976931348623157e+308", "5e-324", "123456789.12345678", "1e+21"],
  ],
  ["bit(1)", ["b'0'", "b'1'"], "boolean", ["0", "1"]],
  ["bit(10)", ["b'1000000001'", "5"], "text", ["1000000001", "0000000101"]],
  ["bit(64)", ["18446744073709551615"], "text", ["1".repeat(64)]],
  [
    "date",
    ["'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "'2024-00-00'"],
    "date",
    ["1000-01-01", "9999-12-31", "0000-00-00", "2024-00-00"],
  ],
  ["time", ["'-838:59:59'", "'00:00:01'"], "time", ["-838:59:59.000000", "00:00:01.000000"]],
  ["time(6)", ["'123:04:05.000007'"], "time", ["123:04:05.000007"]],
  [
    "datetime",
    ["'2024-02-29 23:59:59'", "'0000-00-00 00:00:00'"],
    "timestamp",
    ["2024-02-29T23:59:59.000000", "0000-00-00 00:00:00"],
  ],
  ["datetime(3)", ["'1000-01-01 00:00:00.123'"], "timestamp", ["1000-01-01T00:00:00.123000"]],
  ["datetime(6)", ["'9999-12-31 23:59:59.999999'"], "timestamp", ["9999-12-31T23:59:59.999999"]],
  [
    "timestamp(6) null",
    ["'2024-06-01 12:00:00.123456'", "'2024-12-01 12:00:00.000001'", "'0000-00-00 00:00:00'"],
    "timestamptz",
    ["2024-06-01T07:00:00.123456Z", "2024-12-01T07:00:00.000001Z", "0000-00-00 00:00:00.000000"],
  ],
  ["char(5)", ["'a  '", "''"], "text", ["a", ""]],
  ["varchar(40)", ["'tab\\t nl\\n \\\\ '' 🎈 '", "x'00'"], "text", ["tab\t nl\n \\ ' 🎈 ", "\0"]],
  ["varchar(40) character set latin1", ["'naïve Ð'"], "text", ["naïve Ð"]],
  ["text character set ucs2", ["'žluť'"], "text", ["žluť"]],
  ["longtext", ["REPEAT('é', 70000)"], "text", ["é".repeat(70_000)]],
  ["enum('small','it''s','b,c','🎈')", ["'it''s'", "'b,c'", "'🎈'"], "text", ["it's", "b,c", "🎈"]],
  ["set('a','b','c')", ["'c,a'", "''"], "text", ["a,c", ""]],
  ["json", [`'{"n": 12345678901234567890, "e": "🎈"}'`], "json", [`{"n": 12345678901234567890, "e": "🎈"}`]],
  ["binary(3)", ["x'00ff'"], "blob", ["00ff00"]],
  ["varbinary(20)", ["x'00ff27'", "''"], "blob", ["00ff27", ""]],
  ["blob", ["x'c328'"], "blob", ["c328"]],
  ["longblob", ["REPEAT(x'ff00', 50000)"], "blob", ["ff00".repeat(50_000)]],
  ["uuid", ["'123E4567-e89b-12d3-a456-426655440000'"], "text", ["123e4567-e89b-12d3-a456-426655440000"]],
  ["inet4", ["'10.0.0.1'"], "text", ["10.0.0.1"]],
  ["inet6", ["'::1'", "'2001:db8::ff00:42:8329'"], "text", ["::1", "2001:db8::ff00:42:8329"]],
  [
    "point",
    ["ST_GeomFromText('POINT(1 2.5)')", "ST_GeomFromText('POINT(1 2.5)', 4326)"],
    "text",
    ["0101000000000000000000F03F0000000000000440", "0101000020E6100000000000000000F03F0000000000000440"],
  ],
  [
    "geometrycollection",
    ["ST_GeomFromText('GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1))', 3857)"],
    "text",
    [
      "0107000020110F0000020000000101000000000000000000000000000000000000000102000000020000000000000000000000" +
        "0000000000000000000000000000F03F000000000000F03F",
    ],
  ],
]

describe("types", () => {
  let server: Mariadb
  let database: MariadbDatabase
  const read = (table: string, more: Partial<Settings> = {}) =>
    Effect.runPromise(
      withSource(
        byUrl(database.url, more),
        Effect.gen(function* () {
          const found = yield* describeOne(name, table)
          const { rows } = yield* walk({ table: found, order: ["id"] })
          return { table: found, rows }
        }),
      ),
    )

  beforeAll(async () => {
    // A server that is not in UTC, and one of which the default time zone knows no summer.
    server = await startMariadb({ settings: { "default-time-zone": "+05:00" } })
    database = await server.createDatabase(name)
    await database.query("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'")
  })
  afterAll(() => server?.stop())

  it.each(cases.map((one, index) => [one[0], index] as const))("reads %s", async (declared, index) => {
    const [, values, type, expected] = cases[index] ?? ["", [], "text", []]
    await database.query("SET sql_mode = ''")
    await database.query(`CREATE TABLE t${index} (id int PRIMARY KEY, v ${declared})`)
    for (const [id, value] of values.entries()) await database.query(`INSERT INTO t${index} VALUES (${id}, ${value})`)
    await database.query(`INSERT INTO t${index} VALUES (${values.length}, NULL)`)
    const { table, rows } = await read(`t${index}`)
    expect(table.columns[1]?.type).toBe(type)
    expect(rows.map(([, value]) => value)).toEqual([...expected, null])
  })

  it("takes tinyint(1) for a boolean where it is set so", async () => {
    await database.query(
      "CREATE TABLE flags (id int PRIMARY KEY, v tinyint(1)); INSERT INTO flags VALUES (1,0),(2,1),(3,7)",
    )
    const { table, rows } = await read("flags", { tinyint1: "boolean" })
    expect(table.columns[1]?.type).toBe("boolean")
    expect(rows.map(([, value]) => value)).toEqual(["0", "1", "1"])
  })

  it("reads columns that are generated or invisible", async () => {
    await database.query(`
      CREATE TABLE derived (id int PRIMARY KEY, a int AS (id * 2) VIRTUAL, b varchar(9) AS (CONCAT('n', id)) STORED,
        c int INVISIBLE DEFAULT 5);
      INSERT INTO derived (id) VALUES (1)`)
    expect((await read("derived")).rows).toEqual([["1", "2", "n1", "5"]])
  })

  it("fails on a text that is no Unicode, rather than change it", async () => {
    await database.query(`
      CREATE TABLE halves (id int PRIMARY KEY, v varchar(9) NOT NULL);
      INSERT INTO halves VALUES (1, _utf8mb4 x'EFBFBD'), (2, _utf8mb4 x'EDA080')`)
    const where = (value: string) => [{ column: "id", op: "eq", value } as const]
    const reading = (value: string) =>
      withSource(
        byUrl(database.url),
        Effect.flatMap(describeOne(name, "halves"), (table) => walk({ table, where: where(value) })),
      )
    expect((await Effect.runPromise(reading("1"))).rows).toEqual([["1", "\uFFFD"]])
    const error = await Effect.runPromise(failureOf(reading("2")))
    expect(error).toMatchObject({ code: "unsupported", table: `${name}.halves` })
  })
})
