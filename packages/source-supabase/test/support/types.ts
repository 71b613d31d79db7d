import type { Servers } from "./servers.ts"

/** A type and literals of it, extremes among them. */
export const types: ReadonlyArray<readonly [type: string, literals: ReadonlyArray<string>]> = [
  ["smallint", ["-32768", "0", "32767"]],
  ["integer", ["-2147483648", "2147483647"]],
  ["bigint", ["-9223372036854775808", "9007199254740993", "9223372036854775807"]],
  ["oid", ["0", "4294967295"]],
  [
    "numeric",
    ["0.1000", "-12345678901234567890.123456789012345678901234567890", "1e1000", "NaN", "Infinity", "-Infinity"],
  ],
  ["numeric(38,10)", ["1", "1234567890123456789012345678.0123456789"]],
  ["money", ["-92233720368547758.08", "92233720368547758.07", "1234567.5", "-0.01", "999"]],
  ["real", ["0.1", "3.4028235e+38", "1e-45", "-0", "NaN", "Infinity", "-Infinity", "16777217"]],
  ["double precision", ["0.1", "1.7976931348623157e+308", "5e-324", "-0", "0.30000000000000004", "NaN", "-Infinity"]],
  ["boolean", ["true", "false"]],
  ["bit(1)", ["0", "1"]],
  ["bit(10)", ["0000000001"]],
  ["bit varying", ["", "101"]],
  ["character(5)", ["ab", ""]],
  ["character varying(5)", ["ab ", "ünïcö"]],
  ["text", ["", " ", "NULL", "tab\tnew\nline\\ 'quotes\"}],", "\u{1F600} é\u0301 \u{10FFFF}", "x".repeat(100_000)]],
  ['"char"', ["a", ""]],
  ["name", ["pg_class"]],
  ["bytea", ["\\x", "\\x00ff10", `\\x${"ab".repeat(50_000)}`]],
  ["date", ["0001-01-01", "9999-12-31", "10000-01-01", "5874897-12-31", "4713-01-01 BC", "infinity", "-infinity"]],
  ["time", ["00:00:00", "24:00:00", "12:34:56.789"]],
  ["time(0)", ["12:34:56.7"]],
  ["time with time zone", ["12:34:56.789+05:30", "00:00:00-15:59:59"]],
  [
    "timestamp",
    [
      "2024-02-29 12:00:00",
      "1969-12-31 23:59:59.999999",
      "0001-01-01 00:00:00.5",
      "294276-12-31 23:59:59.999999",
      "4713-01-01 00:00:00 BC",
      "infinity",
      "-infinity",
    ],
  ],
  [
    "timestamp with time zone",
    [
      "2024-02-29 12:00:00+05:30",
      "2024-07-01 12:00:00.123456 Europe/Berlin",
      "1969-12-31 23:59:59.999999Z",
      "294276-12-31 23:59:59.999999+00",
      "4714-11-24 00:00:00+00 BC",
      "infinity",
      "-infinity",
    ],
  ],
  ["timestamp(3) with time zone", ["2024-02-29 12:00:00.123456Z"]],
  [
    "interval",
    [
      "1 year 2 mons -3 days +04:05:06.789",
      "00:00:00",
      "-178000000 years",
      "1 day",
      "-00:00:01",
      "100:00:00",
      "infinity",
    ],
  ],
  ["interval day to second(3)", ["1 day 00:00:01.2345"]],
  ["json", ['{ "b" : 1,  "b":2, "n": 9007199254740993.10 }', "null", '"\\u00e9"']],
  ["jsonb", ['{"a": [1, 2.50], "n": 12345678901234567890.123}', "null", "3"]],
  ["jsonpath", ['$."a"[*]?(@ > 1)']],
  ["xml", ["<a>ü<b/></a>", '<?xml version="1.0" encoding="UTF-8"?><a/>']],
  ["uuid", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]],
  ["inet", ["192.168.0.1/24", "::1", "10.0.0.1"]],
  ["cidr", ["192.168.0.0/24", "2001:db8::/32"]],
  ["macaddr", ["08:00:2b:01:02:03"]],
  ["macaddr8", ["08:00:2b:01:02:03:04:05"]],
  ["point", ["(0.1,-2)"]],
  ["line", ["{1,2,3}"]],
  ["lseg", ["[(0,0),(1,1)]"]],
  ["box", ["(1,1),(0,0)"]],
  ["path", ["((0,0),(1,1))", "[(0,0),(1,1)]"]],
  ["polygon", ["((0,0),(1,1),(1,0))"]],
  ["circle", ["<(0,0),1.5>"]],
  ["tsvector", ["'a':1A 'b':2"]],
  ["tsquery", ["'a' & !'b'"]],
  ["pg_lsn", ["16/B374D848"]],
  ["pg_snapshot", ["10:20:10,14"]],
  ["txid_snapshot", ["10:20:10,14"]],
  ["xid", ["4294967295"]],
  ["xid8", ["18446744073709551615"]],
  ["cid", ["1"]],
  ["tid", ["(0,1)"]],
  ["int2vector", ["1 2 3"]],
  ["oidvector", ["1 2"]],
  ["regclass", ["pg_class"]],
  ["regtype", ["integer"]],
  ["int4range", ["[1,10)", "empty", "(,)"]],
  ["int8range", ["[1,9223372036854775807)"]],
  ["numrange", ["[1.10,2.20]"]],
  ["daterange", ["[2024-01-01,2024-02-01)"]],
  ["tsrange", ['["2024-01-01 00:00:00","2024-01-01 00:00:00.000001")']],
  ["tstzrange", ['["2024-01-01 00:00:00+05:30",)', "empty"]],
  ["tstzmultirange", ['{["2024-01-01 00:00:00+05:30","2024-01-02 00:00:00+00")}']],
  ["int4multirange", ["{[1,3),[5,7)}", "{}"]],
  ["integer[]", ["{}", "{1,NULL,-2147483648}", "{{1,2},{3,4}}", "[-1:0]={1,2}"]],
  ["bigint[]", ["{9223372036854775807}"]],
  ["numeric(10,2)[]", ["{1.1,NULL}"]],
  ["money[]", ['{"$1,234.50",NULL,-1}']],
  ["double precision[]", ["{0.1,NaN,Infinity,1e300,-0}"]],
  ["boolean[]", ["{t,f,NULL}"]],
  ["bit(3)[]", ["{000,001}"]],
  ["text[]", ['{a,"b,c","",NULL,"NULL","q\\"\\\\","{x}","tab\t"}']],
  ["character(3)[]", ["{ab,abc}"]],
  ["character varying(3)[]", ["{abc}"]],
  ["bytea[]", ['{"\\\\x00ff",NULL}']],
  ["json[]", ['{"{\\"a\\" : 1}","2"}']],
  ["date[]", ["{2024-01-01,infinity}"]],
  ["time[]", ["{12:00}"]],
  ["timestamp[]", ['{"2024-01-01 00:00:00"}']],
  ["timestamptz[]", ['{"2024-01-01 00:00:00+01",infinity}']],
  ["interval[]", ['{"1 day -00:00:01","00:00:00"}']],
  ["uuid[]", ["{00000000-0000-0000-0000-000000000000}"]],
  ["inet[]", ["{10.0.0.1,10.0.0.0/8}"]],
  ["xml[]", ["{<a/>}"]],
  ["box[]", ["{(1,1),(0,0);(3,3),(2,2)}"]],
  ["int4range[]", ['{"[1,3)"}']],
  ["kinds.mood", ["sad", 'it\'s "ok"']],
  ["kinds.mood[]", ['{sad,"it\'s \\"ok\\""}']],
  ["kinds.pair", ['(1,"a ""b""")']],
  ["kinds.pair[]", ['{"(1,x)"}']],
  ["kinds.posint", ["7"]],
  ["kinds.moment", ["2024-01-01 00:00:00+01"]],
  ["kinds.flag", ["1"]],
  ["kinds.padded", ["ab"]],
  ["kinds.ints", ["{1,2}"]],
  ["kinds.floatrange", ["[0.1,0.2)"]],
  ['kinds."integer"', ["one"]],
  ["extensions.citext", ["MiXed"]],
  ["extensions.citext[]", ["{MiXed}"]],
  ["extensions.hstore", ['"a"=>"1", "b"=>NULL']],
  ["extensions.ltree", ["a.b.c"]],
]

/** Makes what the types need. */
export const setup = `
  CREATE SCHEMA extensions;
  CREATE EXTENSION citext SCHEMA extensions;
  CREATE EXTENSION hstore SCHEMA extensions;
  CREATE EXTENSION ltree SCHEMA extensions;
  CREATE TYPE kinds.mood AS ENUM ('sad', 'it''s "ok"');
  CREATE TYPE kinds.pair AS (a integer, b text);
  CREATE DOMAIN kinds.posint AS integer CHECK (VALUE > 0);
  CREATE DOMAIN kinds.smallpos AS kinds.posint CHECK (VALUE < 10);
  CREATE DOMAIN kinds.moment AS timestamptz(3);
  CREATE DOMAIN kinds.flag AS bit(1);
  CREATE DOMAIN kinds.padded AS character(4);
  CREATE DOMAIN kinds.posints AS kinds.posint[];
  CREATE DOMAIN kinds.ints AS integer[];
  CREATE TYPE kinds.floatrange AS RANGE (subtype = float8);
  CREATE TYPE kinds."integer" AS ENUM ('one');
  GRANT USAGE ON SCHEMA kinds TO PUBLIC;
  GRANT USAGE ON SCHEMA extensions TO PUBLIC;
`

/** Makes a table with a column of each type, and rows that hold their literals. */
export const fill = async (
  servers: Servers,
  name: string,
  columns: ReadonlyArray<readonly [type: string, literals: ReadonlyArray<string>, declared?: string]>,
) => {
  const { database } = servers
  await database.query(
    `CREATE TABLE ${name} (id integer PRIMARY KEY, ${columns.map(([type], at) => `c${at} ${type}`).join(", ")})`,
  )
  const most = Math.max(...columns.map(([, literals]) => literals.length))
  for (let row = 0; row <= most; row++) {
    const given = columns.flatMap(([type, literals], at) => {
      const literal = literals[row]
      return literal === undefined ? [] : [{ at, type, literal }]
    })
    const values = given.map(({ type }, place) => `$${place + 2}::text::${type}`)
    await database.query(
      `INSERT INTO ${name} (${["id", ...given.map(({ at }) => `c${at}`)].join(", ")}) VALUES (${["$1", ...values].join(", ")})`,
      [row, ...given.map(({ literal }) => literal)],
    )
  }
  await database.query(`GRANT SELECT ON ${name} TO service_role`)
  await servers.reload()
}
