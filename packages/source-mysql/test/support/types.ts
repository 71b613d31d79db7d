import { type TypeCase, without } from "@starbase-replication/connector-testing"

/** A server whose types these are. */
export type Server = "MariaDB" | "MySQL"

/** MariaDB keeps the text of JSON; MySQL prints a form of its own, in which members stand by their length and bytes. */
const json: Readonly<Record<Server, TypeCase[2]>> = {
  MariaDB: ['{"n": 12345678901234567890, "e":"\u{1F600}"}'],
  MySQL: [['{"n": 12345678901234567890, "e":"\u{1F600}"}', '{"e": "\u{1F600}", "n": 12345678901234567890}']],
}

/** One degree east, two and a half north: MySQL reads the latitude first where the SRID is one of the globe. */
const place = { MariaDB: "POINT(1 2.5)", MySQL: "POINT(2.5 1)" }

/** Types of each canonical kind with their extremes; every other one is in types.test.ts. */
export const typesOf = (server: Server): ReadonlyArray<TypeCase> => [
  ["tinyint", "integer", ["-128", "127"]],
  ["int unsigned", "integer", ["0", "4294967295"]],
  ["bigint", "integer", ["-9223372036854775808", "9007199254740993", "9223372036854775807"]],
  ["bigint unsigned", "unsigned", ["0", "9223372036854775808", "18446744073709551615"]],
  ["year", "integer", ["1901", "2155"]],
  ["decimal(65,30)", "decimal", ["-12345678901234567890123456789012345.000000000000000000000000000001"]],
  ["float", "real", [["0.1", "0.10000000149011612"], "-1.5", "16777216"]],
  ["double", "real", ["0.1", "5e-324", "0.30000000000000004", "1.7976931348623157e+308"]],
  [
    "bit(1)",
    "boolean",
    [
      [{ expression: "b'0'" }, "0"],
      [{ expression: "b'1'" }, "1"],
    ],
  ],
  ["bit(64)", "text", [[{ expression: "18446744073709551615" }, "1".repeat(64)]]],
  [
    "varbinary(20)",
    "blob",
    [
      ["", ""],
      [{ expression: "x'00ff27'" }, "00ff27"],
    ],
  ],
  ["date", "date", ["1000-01-01", "9999-12-31", "0000-00-00"]],
  [
    "time(6)",
    "time",
    [
      ["-838:59:59", "-838:59:59.000000"],
      ["123:04:05.000007", "123:04:05.000007"],
    ],
  ],
  ["datetime(6)", "timestamp", [["9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"]]],
  ["datetime", "timestamp", ["0000-00-00 00:00:00", ["2024-02-29 23:59:59", "2024-02-29T23:59:59.000000"]]],
  [
    "timestamp(6)",
    "timestamptz",
    [
      ["1970-01-01 00:00:01", "1970-01-01T00:00:01.000000Z"],
      ["2024-06-01 12:00:00.123456", "2024-06-01T12:00:00.123456Z"],
    ],
  ],
  ["varchar(40) CHARACTER SET utf8mb4", "text", ["", "tab\t nl\n \\ ' \u{1F600} \u{10FFFF} "]],
  ["varchar(40) CHARACTER SET latin1", "text", ["naïve Ð"]],
  ["enum('small','it''s','b,c')", "text", ["it's", "b,c"]],
  ["set('a','b','c')", "text", [["c,a", "a,c"], ""]],
  ["json", "json", json[server], without("the server does not compare all of it")],
  [
    "point",
    "text",
    [
      [
        { expression: `ST_GeomFromText('${place[server]}', 4326)` },
        "0101000020E6100000000000000000F03F0000000000000440",
      ],
    ],
    without("the server compares shapes by their bounds"),
  ],
]
