import { describeOne, walk, readPage } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import { makeStatements } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { dialect } from "../src/internal/sql.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const statements = makeStatements(dialect)

const name = "paging_test"

/** `seq_1_to_60` stands for those numbers, in a column seq. */
const numbers = (sql: string) =>
  sql.replaceAll(/seq_(\d+)_to_(\d+)/g, "(SELECT seq FROM numbers WHERE seq BETWEEN $1 AND $2) AS s")
const digits =
  "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)"
const makeNumbers = `CREATE TABLE numbers (seq int PRIMARY KEY);
  INSERT INTO numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d
    FROM ${["a", "b", "c", "d", "e"].map((alias) => `${digits} ${alias}`).join(", ")}`

/** A table, what orders it, and how to fill it. */
const tables: Readonly<Record<string, { readonly order: ReadonlyArray<string>; readonly sql: string }>> = {
  ties: {
    order: ["at", "id"],
    sql: `CREATE TABLE ties (id bigint PRIMARY KEY, at datetime(6) NOT NULL, KEY (at, id));
      INSERT INTO ties SELECT seq, '2024-01-01 00:00:00.000001' + INTERVAL (seq DIV 9) MICROSECOND FROM seq_1_to_60`,
  },
  instants: {
    order: ["at", "id"],
    sql: `CREATE TABLE instants (id int PRIMARY KEY, at timestamp(6) NOT NULL, KEY (at));
      INSERT INTO instants SELECT seq, '2024-10-27 00:59:59.9' + INTERVAL seq DIV 3 * 100000 MICROSECOND FROM seq_1_to_40`,
  },
  composite: {
    order: ["a", "b", "c"],
    sql: `CREATE TABLE composite (a int, b varchar(10), c decimal(10,2), PRIMARY KEY (a, b, c));
      INSERT INTO composite SELECT seq MOD 3 - 1, CONCAT('k', seq MOD 5), seq / 4 FROM seq_1_to_60`,
  },
  naturals: {
    order: ["id"],
    sql: `CREATE TABLE naturals (id bigint unsigned PRIMARY KEY);
      INSERT INTO naturals SELECT 18446744073709551615 - seq * 7 FROM seq_0_to_30; INSERT INTO naturals VALUES (0), (5)`,
  },
  negative: {
    order: ["id"],
    sql: "CREATE TABLE negative (id int PRIMARY KEY); INSERT INTO negative SELECT seq - 20 FROM seq_0_to_40",
  },
  folding: {
    order: ["v", "id"],
    sql: `CREATE TABLE folding (id int PRIMARY KEY, v varchar(20) COLLATE utf8mb4_general_ci NOT NULL, KEY (v, id));
      INSERT INTO folding SELECT seq, ELT(seq MOD 8 + 1, 'a', 'A', 'a ', 'á', 'b', 'B  ', '', ' ') FROM seq_1_to_64`,
  },
  unpadded: {
    order: ["v", "id"],
    sql: `CREATE TABLE unpadded (id int PRIMARY KEY, v varchar(20) COLLATE without_pad NOT NULL, KEY (v));
      INSERT INTO unpadded SELECT seq, ELT(seq MOD 7 + 1, 'a', 'A', 'a ', 'ß', 'ss', '🎈', '''\\\\') FROM seq_1_to_64`,
  },
  western: {
    order: ["v"],
    sql: `CREATE TABLE western (v varchar(20) CHARACTER SET latin1 COLLATE latin1_german2_ci PRIMARY KEY);
      INSERT INTO western VALUES ('a'), ('ä'), ('B'), ('ö'), ('oz'), ('ß'), ('z'), ('é'), ('Ð')`,
  },
  bytes: {
    order: ["k"],
    sql: `CREATE TABLE bytes (k varbinary(8) PRIMARY KEY);
      INSERT INTO bytes VALUES (''), (x'00'), (x'0000'), (x'00ff'), (x'27'), (x'41'), (x'61'), (x'80'), (x'ff')`,
  },
  enums: {
    order: ["e", "s", "id"],
    sql: `CREATE TABLE enums (e enum('z','a','m') NOT NULL, s set('q','p') NOT NULL, id int, PRIMARY KEY (e, s, id));
      INSERT INTO enums SELECT seq MOD 3 + 1, seq MOD 4, seq FROM seq_1_to_40`,
  },
  floats: {
    order: ["f", "d", "id"],
    sql: `CREATE TABLE floats (f float NOT NULL, d double NOT NULL, id int, PRIMARY KEY (f, d, id));
      INSERT INTO floats SELECT (seq MOD 7) / 10, (seq MOD 3) / 3, seq FROM seq_1_to_60`,
  },
  hours: {
    order: ["v", "id"],
    sql: `CREATE TABLE hours (id int PRIMARY KEY, v time(3) NOT NULL, KEY (v));
      INSERT INTO hours SELECT seq, SEC_TO_TIME((seq - 20) * 90000.125) FROM seq_1_to_40`,
  },
  zeros: {
    order: ["v", "id"],
    sql: `CREATE TABLE zeros (id int PRIMARY KEY, v datetime NOT NULL, KEY (v)); SET sql_mode = '';
      INSERT INTO zeros SELECT seq, IF(seq MOD 2, 0, '2024-01-01') FROM seq_1_to_10`,
  },
  bits: {
    order: ["v"],
    sql: "CREATE TABLE bits (v bit(12) PRIMARY KEY); INSERT INTO bits SELECT seq * 50 FROM seq_1_to_40",
  },
}

describe("paging", () => {
  let server: Mariadb
  let database: MariadbDatabase
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) =>
    Effect.runPromise(withSource(byUrl(database.url), effect as Effect.Effect<A, never, Source>))

  beforeAll(async () => {
    server = await startMariadb()
    database = await server.createDatabase(name)
    await database.query(makeNumbers)
    const isMariadb = String(await server.query("SELECT VERSION()")).includes("MariaDB")
    const withoutPad = isMariadb ? "utf8mb4_unicode_nopad_ci" : "utf8mb4_0900_ai_ci"
    for (const { sql } of Object.values(tables)) await database.query(numbers(sql).replace("without_pad", withoutPad))
    await database.query(
      numbers(`CREATE TABLE wide (id int PRIMARY KEY, v longtext);
      INSERT INTO wide SELECT seq, REPEAT('x', 1000000) FROM seq_1_to_40`),
    )
    await database.query(
      numbers(`CREATE TABLE many (id int PRIMARY KEY, at timestamp(6) NOT NULL, v varchar(20) NOT NULL,
        KEY (at, id), KEY (v, id));
      INSERT INTO many SELECT seq, '2024-01-01' + INTERVAL seq DIV 10 SECOND, CONCAT('v', seq) FROM seq_1_to_20000;
      ANALYZE TABLE many`),
    )
  })
  afterAll(() => server?.stop())

  for (const [table, { order }] of Object.entries(tables)) {
    it(`reads ${table} by pages of any size, nothing twice and nothing left out`, async () => {
      const columns = order.map((column) => `\`${column}\``).join(", ")
      const [[count] = []] = await database.query(`SELECT COUNT(*) FROM ${table}`)
      await run(
        Effect.gen(function* () {
          const found = yield* describeOne(name, table)
          const whole = yield* walk({ table: found, order, limit: 1000 })
          expect(whole.rows).toHaveLength(Number(count))
          for (const limit of [1, 2, 7]) {
            const { rows } = yield* walk({ table: found, order, limit })
            expect(rows, `${columns} by ${limit}`).toEqual(whole.rows)
          }
        }),
      )
    })

    it(`looks up every row of ${table}`, async () => {
      await run(
        Effect.gen(function* () {
          const source = yield* Source
          const found = yield* describeOne(name, table)
          const { rows } = yield* walk({ table: found, order })
          const places = found.key.map((column) => found.columns.findIndex((one) => one.name === column))
          const keys = rows.map((row) => places.map((place) => row[place] ?? ""))
          const asked = { table: found, columns: found.columns, where: [], key: found.key }
          const back = yield* source.lookup({ ...asked, keys })
          expect(new Set(back.map((row) => JSON.stringify(row)))).toEqual(
            new Set(rows.map((row) => JSON.stringify(row))),
          )
        }),
      )
    })
  }

  it("bounds the first columns alone where fewer values are given", async () => {
    await run(
      Effect.gen(function* () {
        const table = yield* describeOne(name, "composite")
        const asked = { table, columns: table.columns, where: [], order: table.key, limit: 1000, maxBytes: 1e9 }
        const { rows } = yield* readPage({ ...asked, after: ["0"] })
        expect(new Set(rows.map(([a]) => a))).toEqual(new Set(["1"]))
      }),
    )
  })

  it("ends a page of wide rows early, and reads them all", async () => {
    await run(
      Effect.gen(function* () {
        const table = yield* describeOne(name, "wide")
        const { rows, pages } = yield* walk({ table, maxBytes: 2_500_000 })
        expect(rows).toHaveLength(40)
        expect(pages.length).toBeGreaterThanOrEqual(13)
        for (const { rows: some, bytes } of pages) {
          expect(some.length).toBeLessThanOrEqual(3)
          expect(bytes).toBeLessThan(4_000_000)
        }
      }),
    )
  })

  it.each([["id"], ["at", "id"], ["v", "id"]].map((order) => [order]))("reads %j by its index", async (order) => {
    const { text } = await run(
      Effect.gen(function* () {
        const table = yield* describeOne(name, "many")
        const { rows } = yield* walk({ table, order, where: [{ column: "id", op: "eq", value: "9000" }] })
        const after = order.map((column) => rows[0]?.[table.columns.findIndex((one) => one.name === column)] ?? "")
        return statements.read({ table, columns: table.columns, where: [], order, after, limit: 10, maxBytes: 1e6 })
      }),
    )
    // The session is pinned as the source pins its own.
    await database.query("SET time_zone = '+00:00'")
    const [plan = []] = await database.query(`EXPLAIN FORMAT=TRADITIONAL ${text}`)
    expect(plan).toContain("range")
    expect(plan.at(-1)).not.toContain("filesort")
  })

  it("compares by filters", async () => {
    await run(
      Effect.gen(function* () {
        const table = yield* describeOne(name, "enums")
        const count = (filter: Parameters<typeof walk>[0]["where"]) =>
          Effect.map(walk({ table, ...(filter && { where: filter }) }), ({ rows }) => rows.length)
        expect(yield* count([{ column: "e", op: "eq", value: "a" }])).toBe(14)
        expect(yield* count([{ column: "e", op: "in", values: ["z", "m"] }])).toBe(26)
        expect(yield* count([{ column: "e", op: "in", values: [] }])).toBe(0)
        expect(
          yield* count([
            { column: "id", op: "gt", value: "30" },
            { column: "id", op: "neq", value: "40" },
          ]),
        ).toBe(9)
        expect(yield* count([{ column: "id", op: "isNull" }])).toBe(0)
        expect(yield* count([{ column: "e", op: "isNotNull" }])).toBe(40)
        const error = yield* failureOf(walk({ table, where: [{ column: "id", op: "eq", value: "1 OR 1=1" }] }))
        expect(error).toMatchObject({ code: "invalid-config", column: "id" })
        expect(error.message).not.toContain("OR")
      }),
    )
  })

  it("finds the highest, and sums up keys", async () => {
    await run(
      Effect.gen(function* () {
        const source = yield* Source
        const ties = yield* describeOne(name, "ties")
        const [id, at] = ties.columns
        if (id === undefined || at === undefined) return expect.unreachable()
        expect(yield* source.highest(ties, at, [])).toBe("2024-01-01T00:00:00.000007")
        expect(yield* source.highest(ties, at, [{ column: "id", op: "lt", value: "0" }])).toBeNull()
        const negative = yield* describeOne(name, "negative")
        const column = negative.columns[0] ?? id
        const summary = yield* (
          source.summarize?.({ table: negative, where: [], key: [column], after: ["-5"], until: ["3"] }) ??
          Effect.die("no summary")
        )
        expect(summary).toEqual({ count: "8", sum: "-4", squares: "44" })
      }),
    )
  })

  it("gives no row for a key that is only equal by its collation", async () => {
    await database.query(
      `CREATE TABLE ci (k varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY); INSERT INTO ci VALUES ('Key')`,
    )
    await run(
      Effect.gen(function* () {
        const source = yield* Source
        const table = yield* describeOne(name, "ci")
        const asked = { table, columns: table.columns, where: [], key: table.key }
        expect(yield* source.lookup({ ...asked, keys: [["key"], ["KEY "]] })).toEqual([])
        expect(yield* source.lookup({ ...asked, keys: [["Key"]] })).toEqual([["Key"]])
      }),
    )
  })
})
