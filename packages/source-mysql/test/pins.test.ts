import { describeOne, walk } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import { makeStatements } from "@starbase-replication/sql-source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { dialect } from "../src/internal/sql.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const statements = makeStatements(dialect)

const name = "pins_test"

/** What a server may have set for all its sessions, each of which spoils what a source reads. */
const spoiling = [
  "time_zone = '+05:00'",
  "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,EMPTY_STRING_IS_NULL'",
  "sql_select_limit = 3",
  "max_sort_length = 64",
  "tx_isolation = 'READ-UNCOMMITTED'",
  "collation_connection = 'utf8mb4_bin'",
]

describe("whatever a server has set", () => {
  let server: Mariadb
  let database: MariadbDatabase
  const run = <A, E>(effect: Effect.Effect<A, E, Source>) => Effect.runPromise(withSource(byUrl(database.url), effect))
  const table = (of: string) => describeOne(name, of)

  beforeAll(async () => {
    server = await startMariadb({ settings: { "plugin-maturity": "unknown" } })
    database = await server.createDatabase(name)
    await database.query(`SET time_zone = '+00:00';
      CREATE TABLE things (id int PRIMARY KEY, at timestamp(6) NOT NULL, c char(9) NOT NULL, KEY (at, id));
      INSERT INTO things VALUES (1, '2024-01-01 00:00:00.000001', 'a'), (2, '2024-01-01 00:00:00.000001', ''),
        (3, '2024-01-01 00:00:00.000002', 'b'), (4, '2024-07-01', 'c'), (5, '2024-07-01', 'd');
      CREATE TABLE texts (id int PRIMARY KEY, k varchar(1500) NOT NULL, b varbinary(4000) NOT NULL, v text NOT NULL);
      CREATE TABLE labels (e enum('z','y\\\\x','it''s','a,b','n\\nl','ж') NOT NULL, id int, PRIMARY KEY (e, id));
      CREATE TABLE balloons (e enum('🎈','b','a🎁') COLLATE utf8mb4_bin NOT NULL, s set('🎈','x') COLLATE utf8mb4_bin NOT NULL,
        PRIMARY KEY (e, s));
      INSERT INTO balloons VALUES ('🎈', ''), ('🎈', '🎈'), ('🎈', '🎈,x'), ('b', '🎈'), ('b', 'x'), ('a🎁', '🎈'), ('a🎁', 'x')`)
    const rows = Array.from({ length: 60 }, (_, n) => {
      const tail = String((n * 37) % 60).padStart(3, "0")
      return `(${n}, CONCAT(REPEAT('a', 1400), '${tail}'), CONCAT(REPEAT('a', 3900), '${tail}'), '${tail}')`
    })
    await database.query(`INSERT INTO texts VALUES ${rows.join(",")}`)
    const numbers = [1, 2, 3, 4, 5, 6].flatMap((e) => Array.from({ length: 200 }, (_, id) => `(${e}, ${id})`))
    await database.query(`INSERT INTO labels VALUES ${numbers.join(",")}; ANALYZE TABLE labels`)
    await server.query(spoiling.map((one) => `SET GLOBAL ${one}`).join("; "))
  })
  afterAll(() => server?.stop())

  it("reads every row, every value exact", async () => {
    await run(
      Effect.gen(function* () {
        const source = yield* Source
        const things = yield* table("things")
        const asked = { table: things, columns: things.columns, where: [] }
        for (const limit of [1, 2, 1000]) {
          const { rows } = yield* walk({ table: things, order: ["at", "id"], limit })
          expect(rows).toEqual([
            ["1", "2024-01-01T00:00:00.000001Z", "a"],
            ["2", "2024-01-01T00:00:00.000001Z", ""],
            ["3", "2024-01-01T00:00:00.000002Z", "b"],
            ["4", "2024-07-01T00:00:00.000000Z", "c"],
            ["5", "2024-07-01T00:00:00.000000Z", "d"],
          ])
        }
        const keys = ["1", "2", "3", "4", "5"].map((key) => [key])
        expect(yield* source.lookup({ ...asked, key: ["id"], keys })).toHaveLength(5)
        expect(yield* source.list(undefined)).toHaveLength(4)
      }),
    )
  })

  it("sees nothing that is not committed", async () => {
    await database.query("BEGIN; INSERT INTO things VALUES (6, '2024-08-01', 'e')")
    try {
      const { rows } = await run(Effect.flatMap(table("things"), (things) => walk({ table: things })))
      expect(rows).toHaveLength(5)
    } finally {
      await database.query("ROLLBACK")
    }
  })

  it.each(["k", "b"])("orders by long texts without an index (%s)", async (column) => {
    const { rows } = await run(
      Effect.flatMap(table("texts"), (texts) => walk({ table: texts, order: [column], limit: 7 })),
    )
    expect(rows).toHaveLength(60)
  })

  it("refuses to order by texts without bounds, which the server does not order by all of them", async () => {
    await run(
      Effect.gen(function* () {
        const source = yield* Source
        const texts = yield* table("texts")
        const column = texts.columns.find((one) => one.name === "v")
        if (column === undefined) return expect.unreachable()
        const unsupported = { code: "unsupported", column: "v", table: `${name}.texts` }
        expect(yield* failureOf(walk({ table: texts, order: ["v"] }))).toMatchObject(unsupported)
        expect(yield* failureOf(source.highest(texts, column, []))).toMatchObject(unsupported)
        expect((yield* walk({ table: texts, where: [{ column: "v", op: "gte", value: "058" }] })).rows).toHaveLength(2)
      }),
    )
  })

  it("tells the labels of an enum apart, and reads on by its index", async () => {
    await run(
      Effect.gen(function* () {
        const labels = yield* table("labels")
        const { rows } = yield* walk({ table: labels, limit: 7 })
        expect(rows).toHaveLength(1200)
        expect([...new Set(rows.map(([e]) => e))]).toEqual(["z", "y\\x", "it's", "a,b", "n\nl", "ж"])
        const beyond = yield* walk({ table: labels, where: [{ column: "e", op: "gt", value: "it's" }] })
        expect(beyond.rows).toHaveLength(600)
        const unknown = walk({ table: labels, where: [{ column: "e", op: "lt", value: "5" }] })
        expect(yield* failureOf(unknown)).toMatchObject({ code: "invalid-config", column: "e" })
        const asked = { table: labels, columns: labels.columns, where: [], order: labels.key, limit: 7, maxBytes: 1e6 }
        const { text } = statements.read({ ...asked, after: ["ж", "190"] })
        const [plan = []] = yield* Effect.promise(() => database.query(`EXPLAIN ${text}`))
        expect(plan[3]).toBe("range")
        expect(Number(plan[8])).toBeLessThan(100)
      }),
    )
  })

  it.each([1, 2, 1000])("knows labels that the server describes with question marks, by pages of %i", async (limit) => {
    const { rows } = await run(Effect.flatMap(table("balloons"), (balloons) => walk({ table: balloons, limit })))
    expect(rows.map((row) => row.join(" "))).toEqual(["🎈 ", "🎈 🎈", "🎈 🎈,x", "b 🎈", "b x", "a🎁 🎈", "a🎁 x"])
  })
})
