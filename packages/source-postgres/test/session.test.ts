import { describeOne, walk } from "@starbase-replication/connector-testing"
import { type ConnectorError, type Filter, Source, type TableSchema } from "@starbase-replication/core/source"
import { type Postgres, type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

let server: Postgres
let database: PostgresDatabase
beforeAll(async () => {
  server = await startPostgres()
  database = await server.createDatabase("session")
}, 60_000)
afterAll(() => server?.stop())

/** The source as a role of its own, which may read all of `public`. */
const as = async (role: string, more: Partial<Settings> = {}) => {
  await database.query(`
    CREATE ROLE ${role} LOGIN PASSWORD 'p';
    GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`)
  const url = new URL(database.url)
  url.username = role
  url.password = "p"
  return byUrl(url.href, more)
}
const run = <A>(source: ReturnType<typeof byUrl>, effect: Effect.Effect<A, ConnectorError, Source>) =>
  Effect.runPromise(withSource(source, effect))

const rowsOf = (name: string, limit = 2) =>
  Effect.flatMap(describeOne("public", name), (table) => Effect.map(walk({ table, limit }), ({ rows }) => rows))

const lookup = (table: TableSchema, keys: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.flatMap(Source, (source) => source.lookup({ table, columns: table.columns, where: [], key: table.key, keys }))

describe("names that a session would look for elsewhere", () => {
  it("are the system's, whatever a schema holds and a role looks for first", async () => {
    await database.query(`
      CREATE TABLE many (id int PRIMARY KEY, v varchar NOT NULL, w varchar NOT NULL);
      INSERT INTO many SELECT g, 'v' || g, 'w' || g FROM generate_series(1, 20) g;
      CREATE VIEW many_seen AS SELECT id, v FROM many;
      CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
      CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
      CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text';
      CREATE FUNCTION public.never(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT false';
      CREATE FUNCTION public.nothing(bigint, int) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
      CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, PROCEDURE = public.never);
      CREATE OPERATOR public.> (LEFTARG = varchar, RIGHTARG = varchar, PROCEDURE = public.never);
      CREATE OPERATOR public.<> (LEFTARG = text, RIGHTARG = text, PROCEDURE = pg_catalog.texteq);
      CREATE OPERATOR public.% (LEFTARG = bigint, RIGHTARG = int, PROCEDURE = public.nothing);
      CREATE DOMAIN public.text AS int; CREATE TABLE public.pg_class (oid int, relname int)`)
    const role = await as("looks_elsewhere")
    await database.query(`ALTER ROLE looks_elsewhere SET search_path = public, pg_catalog`)
    try {
      expect(await run(role, rowsOf("many"))).toHaveLength(20)
      const found = Effect.flatMap(describeOne("public", "many"), (table) =>
        Effect.flatMap(Source, (source) =>
          Effect.all({
            byKey: lookup(table, [["3"], ["4"]]),
            byText: lookup({ ...table, key: ["v"] }, [["v3"], ["v4"]]),
            byTwo: lookup({ ...table, key: ["v", "w"] }, [
              ["v3", "w3"],
              ["v4", "w5"],
            ]),
            inOrder: Effect.map(walk({ table, order: ["v", "w"], limit: 7 }), ({ rows }) => rows.length),
            filtered: walk({ table, where: [{ column: "v", op: "eq", value: "v5" }], limit: 7 }),
            highest: source.highest(table, table.columns[1] ?? expect.fail(), []),
            summary:
              source.summarize?.({
                table,
                where: [],
                key: table.columns.slice(0, 1),
                after: undefined,
                until: ["20"],
              }) ?? Effect.undefined,
          }),
        ),
      )
      // A view is read where the session looks for names, too.
      const seen = Effect.flatMap(describeOne("public", "many_seen"), (table) =>
        Effect.all([
          Effect.map(walk({ table, order: ["v"], limit: 7 }), ({ rows }) => rows.length),
          lookup({ ...table, key: ["v"] }, [["v3"]]),
        ]),
      )
      expect(await run(role, seen)).toEqual([20, [["3", "v3"]]])
      expect(await run(role, found)).toMatchObject({
        byKey: expect.objectContaining({ length: 2 }),
        byText: expect.objectContaining({ length: 2 }),
        byTwo: [["3", "v3", "w3"]],
        inOrder: 20,
        filtered: { rows: [["5", "v5", "w5"]] },
        highest: "v9",
        summary: { count: "20", sum: "210", squares: "2870" },
      })
    } finally {
      await database.query(`DROP FUNCTION public.now, public.set_config, public.unnest;
        DROP OPERATOR public.= (varchar, varchar), public.> (varchar, varchar), public.<> (pg_catalog.text, pg_catalog.text),
          public.% (bigint, int);
        DROP FUNCTION public.never, public.nothing; DROP DOMAIN public.text; DROP TABLE public.pg_class`)
    }
  })

  it("are found in a view as its session would", async () => {
    await database.query(`
      CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.rates (rate int); INSERT INTO elsewhere.rates VALUES (3);
      CREATE FUNCTION public.rate() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT rate FROM rates); END';
      CREATE VIEW rated AS SELECT 1 AS id, public.rate() AS v`)
    const role = await as("looks_around")
    await database.query(`
      GRANT USAGE ON SCHEMA elsewhere TO looks_around; GRANT SELECT ON elsewhere.rates TO looks_around;
      ALTER ROLE looks_around SET search_path = elsewhere, public`)
    const rows = Effect.flatMap(describeOne("public", "rated"), (table) => walk({ table, order: ["id"], limit: 1 }))
    expect((await run(role, rows)).rows).toEqual([["1", "3"]])
  })
})

describe("a role's own settings", () => {
  it("change no value", async () => {
    await database.query(`
      CREATE TABLE printed (id int PRIMARY KEY, b bytea, m money, t timestamptz, i interval, f float8);
      INSERT INTO printed VALUES (1, '\\x00ff', 1234.50, '2024-01-01Z', '1 day 2 hours', 0.1);
      CREATE VIEW monetary AS SELECT 1 AS id, '1'::money AS m, current_setting('lc_monetary') AS v`)
    const plain = await run(await as("plain"), rowsOf("printed"))
    const odd = await as("odd")
    await database.query(`
      ALTER ROLE odd SET quote_all_identifiers = on; ALTER ROLE odd SET lc_monetary = 'C.UTF-8';
      ALTER ROLE odd SET bytea_output = 'escape'; ALTER ROLE odd SET IntervalStyle = 'iso_8601';
      ALTER ROLE odd SET DateStyle = 'German'; ALTER ROLE odd SET extra_float_digits = -5; ALTER ROLE odd SET TimeZone = 'Asia/Tokyo'`)
    expect(await run(odd, rowsOf("printed"))).toEqual(plain)
    expect(plain).toEqual([["1", "00ff", "1234.50", "2024-01-01T00:00:00.000000Z", "1 day 02:00:00", "0.1"]])
    const monetary = Effect.flatMap(describeOne("public", "monetary"), (table) =>
      walk({ table, order: ["id"], limit: 1 }),
    )
    expect((await run(odd, monetary)).rows).toEqual([["1", "1.00", "C"]])
  })
})

describe("row level security", () => {
  const hidden = async (role: string, more: Partial<Settings> = {}) => {
    await database.query(`DROP TABLE IF EXISTS secured CASCADE; CREATE TABLE secured (id int PRIMARY KEY, owner text);
      INSERT INTO secured SELECT g, CASE WHEN g % 2 = 0 THEN 'mine' ELSE 'theirs' END FROM generate_series(1, 10) g;
      CREATE OR REPLACE VIEW over_secured WITH (security_invoker = true) AS SELECT * FROM secured`)
    return as(role, more)
  }
  const policy = `ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON secured FOR SELECT USING (owner = 'mine')`
  const refused = { code: "forbidden", hint: expect.stringMatching(/BYPASSRLS.*rowSecurity/) }

  it("is an error where it hides rows, in pages and look-ups, as soon as it does", async () => {
    const role = await hidden("filtered")
    const table = await run(role, describeOne("public", "secured"))
    expect(await run(role, rowsOf("secured"))).toHaveLength(10)
    await database.query(policy)
    for (const question of [
      rowsOf("secured"),
      lookup(table, [["1"]]),
      Effect.flatMap(Source, (source) => source.highest(table, table.columns[0] ?? expect.fail(), [])),
      Effect.flatMap(describeOne("public", "over_secured"), (view) => walk({ table: view, order: ["id"], limit: 3 })),
    ]) {
      expect(await run(role, failureOf<unknown, Source>(question))).toMatchObject(refused)
    }
    await database.query("ALTER ROLE filtered BYPASSRLS")
    expect(await run(role, rowsOf("secured"))).toHaveLength(10)
  })

  it("filters where the source accepts it", async () => {
    const role = await hidden("accepting", { rowSecurity: "accept" })
    await database.query(policy)
    await database.query("ALTER ROLE accepting SET row_security = off")
    expect(await run(role, rowsOf("secured"))).toHaveLength(5)
  })
})

describe("types that others made", () => {
  it("of domains over enums order, find and filter", async () => {
    await database.query(`
      CREATE TYPE mood AS ENUM ('low', 'mid', 'high'); CREATE DOMAIN checked AS mood CHECK (value <> 'mid'); CREATE DOMAIN twice AS checked;
      CREATE TABLE moods (k twice, id int, PRIMARY KEY (k, id)); INSERT INTO moods VALUES ('high', 1), ('low', 2), ('low', 3)`)
    const role = await as("moody")
    expect(await run(role, rowsOf("moods", 1))).toEqual([
      ["low", "2"],
      ["low", "3"],
      ["high", "1"],
    ])
    const asked = Effect.flatMap(describeOne("public", "moods"), (table) =>
      Effect.all({
        one: lookup({ ...table, key: ["k"] }, [["high"]]),
        two: lookup(table, [["low", "3"]]),
        some: Effect.map(
          walk({ table, where: [{ column: "k", op: "in", values: ["low"] }], limit: 5 }),
          ({ rows }) => rows,
        ),
        more: Effect.map(
          walk({ table, where: [{ column: "k", op: "gt", value: "low" }], limit: 5 }),
          ({ rows }) => rows,
        ),
      }),
    )
    expect(await run(role, asked)).toEqual({
      one: [["high", "1"]],
      two: [["low", "3"]],
      some: [
        ["low", "2"],
        ["low", "3"],
      ],
      more: [["high", "1"]],
    })
  })

  it("that cannot be named, or have no order, are refused with the first page", async () => {
    await database.query(`
      CREATE SCHEMA shut; CREATE TYPE shut.mood AS ENUM ('a', 'b');
      CREATE TABLE shut_moods (k shut.mood PRIMARY KEY, v shut.mood); INSERT INTO shut_moods VALUES ('a', 'a'), ('b', 'b');
      CREATE EXTENSION hstore; CREATE TABLE pairs (h hstore PRIMARY KEY); INSERT INTO pairs VALUES ('a=>1'), ('b=>1')`)
    const role = await as("outside")
    const first = (name: string) =>
      Effect.flatMap(describeOne("public", name), (table) =>
        Effect.flatMap(Source, ({ read }) =>
          read({ table, columns: table.columns, where: [], order: table.key, after: undefined, limit: 1, maxBytes: 1 }),
        ),
      )
    expect(await run(role, failureOf(first("shut_moods")))).toMatchObject({
      code: "forbidden",
      column: "k",
      hint: expect.stringContaining("GRANT USAGE ON SCHEMA shut"),
    })
    expect(await run(role, failureOf(first("pairs")))).toMatchObject({ code: "unsupported", column: "h" })
    await database.query("GRANT USAGE ON SCHEMA shut TO outside")
    expect(await run(role, rowsOf("shut_moods", 1))).toHaveLength(2)
  })

  it("and changed in mid-run fail that run, so that the next one meets them as they are", async () => {
    await database.query(
      `CREATE TYPE step AS ENUM ('a', 'b'); CREATE TABLE steps (k step PRIMARY KEY); INSERT INTO steps VALUES ('a'), ('b')`,
    )
    const role = await as("stepping")
    const table = await run(role, describeOne("public", "steps"))
    await database.query("ALTER TYPE step RENAME VALUE 'a' TO 'aa'")
    const asked = { table, columns: table.columns, order: table.key, after: ["a"], limit: 1, maxBytes: 1 }
    const read = (where: ReadonlyArray<Filter>) =>
      failureOf(Effect.flatMap(Source, (one) => one.read({ ...asked, where })))
    expect(await run(role, read([]))).toMatchObject({ code: "schema-changed" })
    expect(await run(role, read([{ column: "k", op: "isNotNull" }]))).toMatchObject({ code: "schema-changed" })
    expect(await run(role, read([{ column: "k", op: "eq", value: "a" }]))).toMatchObject({ code: "invalid-config" })
  })

  it("and exchanged in mid-run fail that run, where the old ones would read otherwise", async () => {
    await database.query(
      "CREATE TABLE exchanged (id int PRIMARY KEY, v bytea); INSERT INTO exchanged VALUES (1, '\\x00ff')",
    )
    const role = await as("exchanging")
    const table = await run(role, describeOne("public", "exchanged"))
    await database.query("ALTER TABLE exchanged ALTER v TYPE text USING encode(v, 'escape')")
    for (const schema of [table, { ...table, columns: table.columns.toReversed() }]) {
      expect(await run(role, failureOf(walk({ table: schema })))).toMatchObject({ code: "schema-changed", column: "v" })
    }
    expect(await run(role, rowsOf("exchanged"))).toEqual([["1", "\\000\\377"]])
  })

  it("in arrays are told apart by their own delimiter", async () => {
    await database.query(`
      CREATE TYPE colon; CREATE FUNCTION colon_in(cstring) RETURNS colon LANGUAGE internal IMMUTABLE STRICT AS 'textin';
      CREATE FUNCTION colon_out(colon) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
      CREATE TYPE colon (INPUT = colon_in, OUTPUT = colon_out, LIKE = text, DELIMITER = ':');
      CREATE TABLE delimited (id int PRIMARY KEY, v colon[], w colon[], b box[]);
      INSERT INTO delimited VALUES (1, '{0101:0102}', '{"a:b":c,d}', '{(1,1),(0,0);(2,2),(1,1)}')`)
    expect(await run(await as("delimiting"), rowsOf("delimited"))).toEqual([
      ["1", '["0101","0102"]', '["a:b","c,d"]', '["(1,1),(0,0)","(2,2),(1,1)"]'],
    ])
  })
})
