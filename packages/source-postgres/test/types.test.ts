import { describeOne, valuesOf, walk } from "@starbase-replication/connector-testing"
import { type ColumnType, Source } from "@starbase-replication/core/source"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { byUrl, failureOf, withSource } from "./support/source.ts"

/** A type, what it becomes, and pairs of a literal and its canonical text (the literal itself where left out). */
type Case = readonly [type: string, becomes: ColumnType, values: ReadonlyArray<string | readonly [string, string]>]

const cases: ReadonlyArray<Case> = [
  ["smallint", "integer", ["-32768", "0", "32767"]],
  ["integer", "integer", ["-2147483648", "2147483647"]],
  ["bigint", "integer", ["-9223372036854775808", "9007199254740993", "9223372036854775807"]],
  ["oid", "integer", ["0", "4294967295"]],
  [
    "numeric",
    "decimal",
    [
      "0.1000",
      "-12345678901234567890.123456789012345678901234567890",
      "1" + "0".repeat(1000),
      "NaN",
      "Infinity",
      "-Infinity",
    ],
  ],
  ["numeric(38,10)", "decimal", [["1", "1.0000000000"], "1234567890123456789012345678.0123456789"]],
  [
    "money",
    "decimal",
    [
      ["-92233720368547758.08", "-92233720368547758.08"],
      ["1234567.5", "1234567.50"],
    ],
  ],
  [
    "real",
    "real",
    ["0.1", "3.4028235e+38", "1e-45", "-0", "NaN", "Infinity", "-Infinity", "16777217"].map((v) =>
      v === "16777217" ? ([v, "1.6777216e+07"] as const) : v,
    ),
  ],
  [
    "double precision",
    "real",
    ["0.1", "1.7976931348623157e+308", "5e-324", "-0", "0.30000000000000004", "NaN", "Infinity", "-Infinity"],
  ],
  [
    "boolean",
    "boolean",
    [
      ["true", "1"],
      ["false", "0"],
    ],
  ],
  ["bit(1)", "boolean", ["0", "1"]],
  ["bit(10)", "text", ["0000000001"]],
  ["bit varying", "text", ["", "101"]],
  ["character(5)", "text", [["ab", "ab   "]]],
  ["character varying(5)", "text", ["ab ", "ünïcö"]],
  [
    "text",
    "text",
    ["", " ", "NULL", "tab\tnew\nline\\ 'quotes\"", "\u{1F600} é\u0301 \u{10FFFF}", "x".repeat(100_000)],
  ],
  ['"char"', "text", ["a", ""]],
  ["name", "text", ["pg_class"]],
  [
    "bytea",
    "blob",
    [
      ["\\x", ""],
      ["\\x00ff10", "00ff10"],
      ["\\x" + "ab".repeat(50_000), "ab".repeat(50_000)],
    ],
  ],
  [
    "date",
    "date",
    ["0001-01-01", "9999-12-31", "10000-01-01", "5874897-12-31", "4713-01-01 BC", "infinity", "-infinity"],
  ],
  [
    "time",
    "time",
    [
      ["00:00:00", "00:00:00.000000"],
      ["24:00:00", "24:00:00.000000"],
      ["12:34:56.789", "12:34:56.789000"],
    ],
  ],
  ["time(0)", "time", [["12:34:56.7", "12:34:57.000000"]]],
  ["time with time zone", "text", ["12:34:56.789+05:30", "00:00:00-15:59:59"]],
  [
    "timestamp",
    "timestamp",
    [
      ["2024-02-29 12:00:00", "2024-02-29T12:00:00.000000"],
      ["1969-12-31 23:59:59.999999", "1969-12-31T23:59:59.999999"],
      ["0001-01-01 00:00:00.5", "0001-01-01T00:00:00.500000"],
      "294276-12-31 23:59:59.999999",
      "4713-01-01 00:00:00 BC",
      "infinity",
      "-infinity",
    ],
  ],
  [
    "timestamp with time zone",
    "timestamptz",
    [
      ["2024-02-29 12:00:00+05:30", "2024-02-29T06:30:00.000000Z"],
      ["2024-07-01 12:00:00.123456 Europe/Berlin", "2024-07-01T10:00:00.123456Z"],
      ["1969-12-31 23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
      "294276-12-31 23:59:59.999999+00",
      "4714-11-24 00:00:00+00 BC",
      "infinity",
      "-infinity",
    ],
  ],
  ["timestamp(3) with time zone", "timestamptz", [["2024-02-29 12:00:00.123456Z", "2024-02-29T12:00:00.123000Z"]]],
  ["interval", "text", ["1 year 2 mons -3 days +04:05:06.789", "00:00:00", "-178000000 years"]],
  ["json", "json", ['{ "b" : 1,  "b":2, "n": 9007199254740993.10 }', "null", '"\\u00e9"']],
  ["jsonb", "json", ['{"a": [1, 2.50], "n": 12345678901234567890.123}', "null", "3"]],
  ["jsonpath", "text", ['$."a"[*]?(@ > 1)']],
  ["xml", "text", ["<a>ü<b/></a>"]],
  ["uuid", "text", ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"]],
  ["inet", "text", ["192.168.0.1/24", "::1", "10.0.0.1"]],
  ["cidr", "text", ["192.168.0.0/24", "2001:db8::/32"]],
  ["macaddr", "text", ["08:00:2b:01:02:03"]],
  ["macaddr8", "text", ["08:00:2b:01:02:03:04:05"]],
  ["point", "text", ["(0.1,-2)"]],
  ["line", "text", ["{1,2,3}"]],
  ["lseg", "text", ["[(0,0),(1,1)]"]],
  ["box", "text", ["(1,1),(0,0)"]],
  ["path", "text", ["((0,0),(1,1))", "[(0,0),(1,1)]"]],
  ["polygon", "text", ["((0,0),(1,1),(1,0))"]],
  ["circle", "text", ["<(0,0),1.5>"]],
  ["tsvector", "text", ["'a':1A 'b':2"]],
  ["tsquery", "text", ["'a' & !'b'"]],
  ["pg_lsn", "text", ["16/B374D848"]],
  ["pg_snapshot", "text", ["10:20:10,14"]],
  ["txid_snapshot", "text", ["10:20:10,14"]],
  ["xid", "text", ["4294967295"]],
  ["xid8", "text", ["18446744073709551615"]],
  ["cid", "text", ["1"]],
  ["tid", "text", ["(0,1)"]],
  ["int2vector", "text", ["1 2 3"]],
  ["oidvector", "text", ["1 2"]],
  ["regclass", "text", ["pg_class"]],
  ["regtype", "text", ["integer"]],
  ["int4range", "text", ["[1,10)", "empty", "(,)"]],
  ["int8range", "text", ["[1,9223372036854775807)"]],
  ["numrange", "text", ["[1.10,2.20]"]],
  ["daterange", "text", ["[2024-01-01,2024-02-01)"]],
  ["tsrange", "text", ['["2024-01-01 00:00:00","2024-01-01 00:00:00.000001")']],
  ["tstzrange", "text", ['["2024-01-01 00:00:00+00",)']],
  ["int4multirange", "text", ["{[1,3),[5,7)}", "{}"]],
  [
    "integer[]",
    "json",
    [
      ["{}", "[]"],
      ["{1,NULL,-2147483648}", "[1,null,-2147483648]"],
      ["{{1,2},{3,4}}", "[[1,2],[3,4]]"],
    ],
  ],
  ["bigint[]", "json", [["{9223372036854775807}", "[9223372036854775807]"]]],
  ["numeric(10,2)[]", "json", [["{1.1,NULL}", '["1.10",null]']]],
  ["money[]", "json", [["{1234.5,NULL}", '["1234.50",null]']]],
  ["double precision[]", "json", [["{0.1,NaN,Infinity,1e300,-0}", '[0.1,"NaN","Infinity",1e+300,-0]']]],
  ["boolean[]", "json", [["{t,f,NULL}", "[true,false,null]"]]],
  ["bit(1)[]", "json", [["{0,1}", "[false,true]"]]],
  [
    "text[]",
    "json",
    [[`{a,"b,c","",NULL,"NULL","q\\"\\\\","{x}","tab\t"}`, `["a","b,c","",null,"NULL","q\\"\\\\","{x}","tab\\t"]`]],
  ],
  ["character varying(3)[]", "json", [["{abc}", '["abc"]']]],
  ["bytea[]", "json", [['{"\\\\x00ff",NULL}', '["00ff",null]']]],
  ["json[]", "json", [['{"{\\"a\\" : 1}","2"}', '[{"a" : 1},2]']]],
  ["date[]", "json", [["{2024-01-01,infinity}", '["2024-01-01","infinity"]']]],
  ["time[]", "json", [["{12:00}", '["12:00:00.000000"]']]],
  ["timestamp[]", "json", [['{"2024-01-01 00:00:00"}', '["2024-01-01T00:00:00.000000"]']]],
  ["timestamptz[]", "json", [['{"2024-01-01 00:00:00+01"}', '["2023-12-31T23:00:00.000000Z"]']]],
  ["uuid[]", "json", [["{00000000-0000-0000-0000-000000000000}", '["00000000-0000-0000-0000-000000000000"]']]],
  ["box[]", "json", [["{(1,1),(0,0);(3,3),(2,2)}", '["(1,1),(0,0)","(3,3),(2,2)"]']]],
  ["int4range[]", "json", [['{"[1,3)"}', '["[1,3)"]']]],
  ["types.mood", "text", ["sad", 'it\'s "ok"']],
  ["types.mood[]", "json", [['{sad,"it\'s \\"ok\\""}', '["sad","it\'s \\"ok\\""]']]],
  ["types.pair", "text", ['(1,"a ""b""")']],
  ["types.pair[]", "json", [['{"(1,x)"}', '["(1,x)"]']]],
  ["types.posint", "integer", ["7"]],
  ["types.smallpos", "integer", ["8"]],
  ["types.moment", "timestamptz", [["2024-01-01 00:00:00+01", "2023-12-31T23:00:00.000000Z"]]],
  ["types.flag", "boolean", ["1"]],
  ["types.posints", "json", [["{1,2}", "[1,2]"]]],
  ["types.posint[]", "json", [["{1,2}", "[1,2]"]]],
  ["types.ints[]", "json", [['{"{1,2}","{3}"}', "[[1,2],[3]]"]]],
  ["types.floatrange", "text", ["[0.1,0.2)"]],
  ['types."integer"', "text", ["one"]],
  ["ext.citext", "text", ["MiXed"]],
  ["ext.citext[]", "json", [["{MiXed}", '["MiXed"]']]],
  ["ext.hstore", "text", ['"a"=>"1", "b"=>NULL']],
  ["ext.ltree", "text", ["a.b.c"]],
]

const setup = `
  CREATE SCHEMA types;
  CREATE SCHEMA ext;
  CREATE EXTENSION citext SCHEMA ext;
  CREATE EXTENSION hstore SCHEMA ext;
  CREATE EXTENSION ltree SCHEMA ext;
  CREATE TYPE types.mood AS ENUM ('sad', 'it''s "ok"');
  CREATE TYPE types.pair AS (a integer, b text);
  CREATE DOMAIN types.posint AS integer CHECK (VALUE > 0);
  CREATE DOMAIN types.smallpos AS types.posint CHECK (VALUE < 10);
  CREATE DOMAIN types.moment AS timestamptz(3);
  CREATE DOMAIN types.flag AS bit(1);
  CREATE DOMAIN types.posints AS types.posint[];
  CREATE DOMAIN types.ints AS integer[];
  CREATE TYPE types.floatrange AS RANGE (subtype = float8);
  CREATE TYPE types."integer" AS ENUM ('one');
  ALTER DATABASE types SET timezone = 'Asia/Kolkata';
  ALTER DATABASE types SET datestyle = 'German';
  ALTER DATABASE types SET intervalstyle = 'iso_8601';
  ALTER DATABASE types SET extra_float_digits = -10;
  ALTER DATABASE types SET bytea_output = 'escape';
`

describe("types", () => {
  let server: Postgres
  let url: string
  beforeAll(async () => {
    server = await startPostgres()
    const database = await server.createDatabase("types")
    url = database.url
    await database.query(setup)
    await database.query(
      `CREATE TABLE types."all" (id integer PRIMARY KEY, ${cases.map(([type], index) => `c${index} ${type}`).join(", ")})`,
    )
    const most = Math.max(...cases.map(([, , values]) => values.length))
    const literal = (value: string | readonly [string, string]) => (typeof value === "string" ? value : value[0])
    for (let row = 0; row < most; row++) {
      const given = cases.flatMap(([type, , values], index) => {
        const value = values[row]
        return value === undefined ? [] : [{ index, type, text: literal(value) }]
      })
      const columns = given.map(({ index }) => `c${index}`)
      const casts = given.map(({ type }, place) =>
        type.startsWith("money")
          ? `$${place + 2}::text::numeric${type.slice(5)}::${type}`
          : `$${place + 2}::text::${type}`,
      )
      await database.query(
        `INSERT INTO types."all" (id, ${columns.join(", ")}) VALUES ($1, ${casts.join(", ").replaceAll("::text::numeric[]", "::numeric[]")})`,
        [row, ...given.map(({ text }) => text)],
      )
    }
  })
  afterAll(() => server?.stop())

  it("gives the canonical text of every type, whatever the session's settings", async () => {
    const table = await Effect.runPromise(withSource(byUrl(url), describeOne("types", "all")))
    const { rows } = await Effect.runPromise(withSource(byUrl(url), walk({ table })))
    const found = cases.map(([type], index) => {
      const name = `c${index}`
      const column = table.columns.find((one) => one.name === name)
      return [type, column?.type, valuesOf(table, rows, name).filter((value) => value !== null)]
    })
    const expected = cases.map(([type, becomes, values]) => [
      type,
      becomes,
      values.map((value) => (typeof value === "string" ? value : value[1])),
    ])
    expect(found).toEqual(expected)
  })

  it("leaves NULL as it is in every type", async () => {
    const database = server.createDatabase("nulls")
    await (
      await database
    ).query(`CREATE TABLE n (id int PRIMARY KEY, a text, b bytea, c timestamptz, d int[], e money);
      INSERT INTO n VALUES (1)`)
    const source = byUrl((await database).url)
    const { rows } = await Effect.runPromise(
      withSource(
        source,
        Effect.flatMap(describeOne("public", "n"), (table) => walk({ table })),
      ),
    )
    expect(rows).toEqual([["1", null, null, null, null, null]])
  })

  it("gives no text for bytes that are none, in a database without an encoding, and refuses them in a key", async () => {
    await server.query("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0")
    const source = byUrl(server.url.replace(/postgres$/, "bytes"))
    const client = new pg.Client(source.url)
    await client.connect()
    await client.query(`CREATE TABLE t (id int PRIMARY KEY, v text);
      INSERT INTO t VALUES (1, 'ünï'), (2, convert_from('\\xff', 'SQL_ASCII'));
      CREATE TABLE k AS SELECT v, array[v] AS a, id FROM t; ALTER TABLE k ADD PRIMARY KEY (v)`)
    await client.end()
    const [rows, error, arrays] = await Effect.runPromise(
      withSource(
        source,
        Effect.all([
          Effect.flatMap(describeOne("public", "t"), (table) => Effect.map(walk({ table }), (one) => one.rows)),
          Effect.flatMap(describeOne("public", "k"), (table) => failureOf(walk({ table }))),
          Effect.flatMap(describeOne("public", "k"), (table) => {
            const columns = table.columns.slice(1)
            const asked = { table, columns, where: [], order: ["id"], after: undefined, limit: 5, maxBytes: 1e6 }
            return Effect.flatMap(Source, (one) => Effect.flatMap(one.read(asked), (page) => page.rows))
          }),
        ]),
      ),
    )
    const none = expect.stringMatching(/^\p{Surrogate}$/u)
    expect(rows).toEqual([
      ["1", "ünï"],
      ["2", none],
    ])
    expect(error).toMatchObject({ code: "unsupported", table: "public.k" })
    expect(arrays).toEqual([
      ['["ünï"]', "1"],
      [none, "2"],
    ])
  })
})
