import type { TypeCase } from "./SourceHarness.ts"
import { without } from "./Without.ts"

const hex = (bytes: string) => ({ expression: `x'${bytes}'` })
const sql = (expression: string) => ({ expression })

const texts = ["", " ", "NULL", "it's", 'say "it"', "\u{1F600}", "007", "1e5", "x'00'"]
const integers = ["-9223372036854775808", "-9007199254740993", "0", "9007199254740993", "9223372036854775807"].map(
  (digits) => [sql(digits), digits] as const,
)
const reals = [
  [sql("0.1"), "0.1"],
  [sql("0.1 + 0.2"), "0.30000000000000004"],
  [sql("1.0"), "1"],
  [sql("-1.7976931348623157e308"), "-1.7976931348623157e+308"],
  [sql("2.2250738585072014e-308"), "2.2250738585072014e-308"],
  [sql("4.9406564584124654e-324"), "5e-324"],
  [sql("123456789.12345679"), "123456789.12345679"],
  [sql("4611686018427387904.0"), "4611686018427388000"],
  [sql("1e21"), "1e+21"],
  [sql("9e999"), "Infinity"],
  [sql("-9e999"), "-Infinity"],
  [sql("'NaN'"), "NaN"],
] as const

const readsLike = (other: string) => without(`as a key, it cannot be told from ${other}`)

/** SQLite's declared types and values of them for a harness: any text may be a type, and its affinity decides. */
export const sqliteTypes: ReadonlyArray<TypeCase> = [
  ["INTEGER", "integer", integers],
  ["int", "integer", integers],
  ["UNSIGNED BIG INT", "integer", integers],
  ["TEXT", "text", [...texts, [sql("'a' || char(0) || 'b'"), "a\0b"], [sql("12"), "12"], [sql("1.5"), "1.5"]]],
  ["VARCHAR(3)", "text", texts],
  ["CLOB", "text", texts],
  ["REAL", "real", reals],
  ["DOUBLE PRECISION", "real", reals],
  ["FLOAT", "real", reals],
  [
    "BLOB",
    "blob",
    [
      [hex(""), ""],
      [hex("00ff"), "00ff"],
      [hex("DEADBEEF"), "deadbeef"],
    ],
  ],
  [
    "BOOLEAN",
    "boolean",
    [
      [sql("true"), "1"],
      [sql("false"), "0"],
    ],
  ],
  // NUMERIC affinity makes a number of a text where nothing is lost.
  [
    "DECIMAL(10, 2)",
    "text",
    [
      [sql("'1.50'"), "1.5"],
      [sql("'9007199254740993'"), "9007199254740993"],
      [sql("'12345678901234567890.1'"), "12345678901234567000"],
      "abc",
    ],
  ],
  ["DATETIME", "text", ["2024-01-01 00:00:00", "2024-01-01T00:00:00.123456Z", [sql("20240101"), "20240101"]]],
  [
    "",
    "text",
    [
      ...integers,
      [sql("0.1 + 0.2"), "0.30000000000000004"],
      [sql("9e999"), "Infinity"],
      "",
      "18446744073709551615",
      "text",
    ],
  ],
  ["REAL", "real", [[sql("'-Infinity'"), "-Infinity"]], readsLike("the double")],
  ["", "text", ["1", "b", "1.5"], readsLike("the numbers 1 and 1.5")],
  ["", "text", [[sql("4611686018427387904.0"), "4611686018427388000"]], readsLike("an integer")],
]
