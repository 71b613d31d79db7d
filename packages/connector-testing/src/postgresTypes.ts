import type { TypeCase } from "./SourceHarness.ts"
import { without } from "./Without.ts"

/** PostgreSQL types and values of them for a harness: at least one type of each canonical kind. */
export const postgresTypes: ReadonlyArray<TypeCase> = [
  ["smallint", "integer", ["-32768", "0", "32767"]],
  ["integer", "integer", ["-2147483648", "2147483647"]],
  ["bigint", "integer", ["-9223372036854775808", "9007199254740993", "9223372036854775807"]],
  ["numeric", "decimal", ["0.1000", "-12345678901234567890.123456789012345678901234567890", "NaN"]],
  ["double precision", "real", ["0.1", "5e-324", "0.30000000000000004", "NaN", "Infinity"]],
  [
    "boolean",
    "boolean",
    [
      ["false", "0"],
      ["true", "1"],
    ],
  ],
  ["text", "text", ["", " ", "NULL", "tab\tnew\nline\\ 'quotes\"", "\u{1F600} e\u0301 \u{10FFFF}"]],
  [
    "bytea",
    "blob",
    [
      ["\\x", ""],
      ["\\x00ff10", "00ff10"],
    ],
  ],
  ["date", "date", ["0001-01-01", "9999-12-31", "4713-01-01 BC", "infinity"]],
  [
    "time",
    "time",
    [
      ["24:00:00", "24:00:00.000000"],
      ["12:34:56.789", "12:34:56.789000"],
    ],
  ],
  ["timestamp", "timestamp", [["0001-01-01 00:00:00.5", "0001-01-01T00:00:00.500000"], "infinity"]],
  ["timestamptz", "timestamptz", [["2024-02-29 12:00:00.000001+05:30", "2024-02-29T06:30:00.000001Z"], "-infinity"]],
  [
    "json",
    "json",
    ['{ "b" : 1,  "b":2, "n": 9007199254740993.10 }', "null"],
    without("PostgreSQL does not compare it"),
  ],
  ["uuid", "text", ["00000000-0000-0000-0000-000000000000"]],
  ["interval", "text", ["1 year 2 mons -3 days +04:05:06.789"]],
  [
    "integer[]",
    "json",
    [["{1,NULL,-2147483648}", "[1,null,-2147483648]"]],
    without("there is no way back from its JSON"),
  ],
]
