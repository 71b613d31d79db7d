import { describeOne, readPage, walk } from "@starbase-replication/connector-testing"
import { Source, type TableSchema } from "@starbase-replication/core/source"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { byUrl, failureOf, withSource } from "./support/source.ts"

const name = "refusals_test"

describe("what a source refuses", () => {
  let server: Mariadb
  let database: MariadbDatabase
  const run = <A, E>(effect: Effect.Effect<A, E, Source>, more: Partial<Settings> = {}, url = database.url) =>
    Effect.runPromise(withSource(byUrl(url, more), effect as Effect.Effect<A, never, Source>))
  const find = (table: string, more: Partial<Settings> = {}) => run(describeOne(name, table), more)
  const lookup = (table: TableSchema, keys: ReadonlyArray<ReadonlyArray<string>>) =>
    Effect.flatMap(Source, (source) =>
      source.lookup({ table, columns: table.columns, where: [], key: table.key, keys }),
    )

  beforeAll(async () => {
    server = await startMariadb({ settings: { "max-allowed-packet": "512K" } })
    database = await server.createDatabase(name)
  })
  afterAll(() => server?.stop())

  it("a tinyint(1) that becomes a boolean, in a key, because 2 and 3 become one", async () => {
    await database.query("CREATE TABLE slots (d date, slot tinyint(1), v int, PRIMARY KEY (d, slot))")
    await database.query("INSERT INTO slots VALUES ('2024-01-01', 0, 0), ('2024-01-01', 1, 1), ('2024-01-01', 2, 2)")
    const integers = await find("slots")
    expect((await run(walk({ table: integers, order: ["d", "slot"] }))).rows).toHaveLength(3)
    const table = await find("slots", { tinyint1: "boolean" })
    const read = failureOf(walk({ table, order: ["d", "slot"] }))
    for (const failure of [read, failureOf(lookup(table, [["2024-01-01", "1"]]))]) {
      expect(await run(failure, { tinyint1: "boolean" })).toMatchObject({
        code: "unsupported",
        column: "slot",
        hint: expect.stringContaining("tinyint1"),
      })
    }
  })

  it("no row that a boolean's condition means: 2 and -1 are true as they are in the replica", async () => {
    await database.query("CREATE TABLE flags (id int PRIMARY KEY, active tinyint(1))")
    await database.query("INSERT INTO flags VALUES (1, 0), (2, 1), (3, 2), (4, -1), (5, NULL)")
    const table = await find("flags", { tinyint1: "boolean" })
    const ids = async (where: Parameters<typeof walk>[0]["where"]) =>
      (await run(walk({ table, order: ["id"], ...(where && { where }) }), { tinyint1: "boolean" })).rows.map(
        ([id]) => id,
      )
    expect(await ids([{ column: "active", op: "eq", value: "1" }])).toEqual(["2", "3", "4"])
    expect(await ids([{ column: "active", op: "neq", value: "1" }])).toEqual(["1"])
    expect(await ids([{ column: "active", op: "eq", value: "0" }])).toEqual(["1"])
    expect(await ids([{ column: "active", op: "gt", value: "0" }])).toEqual(["2", "3", "4"])
    expect(await ids([{ column: "active", op: "in", values: ["1"] }])).toEqual(["2", "3", "4"])
    expect(await ids([{ column: "active", op: "in", values: ["0", "1"] }])).toEqual(["1", "2", "3", "4"])
    expect(await ids([{ column: "active", op: "in", values: [] }])).toEqual([])
  })

  it("an enum with an empty member in a key, which reads as what is no member does", async () => {
    await database.query("CREATE TABLE sizes (size enum('s', '', 'm') PRIMARY KEY)")
    const table = await find("sizes")
    expect(await run(failureOf(walk({ table, order: ["size"] })))).toMatchObject({
      code: "key-not-unique",
      column: "size",
    })
  })

  it("a view of what is gone, in the server's words", async () => {
    await database.query("CREATE TABLE leaving (id int PRIMARY KEY); CREATE VIEW bad AS SELECT id FROM leaving")
    await database.query("DROP TABLE leaving")
    const why = (table: string) =>
      Effect.flatMap(Source, (source) => source.whyMissing?.({ name: table }) ?? Effect.undefined)
    expect(await run(why("bad"))).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("references invalid table"),
    })
    expect(await run(why("leaving"))).toBeUndefined()
  })

  it("a column that the user may no longer read, but not one that is gone", async () => {
    await database.query("CREATE TABLE partly (id int PRIMARY KEY, v int, w int); INSERT INTO partly VALUES (1, 2, 3)")
    await database.query(
      "CREATE USER part@127.0.0.1 IDENTIFIED BY 'p'; GRANT SELECT (id, v, w) ON partly TO part@127.0.0.1",
    )
    const url = `mysql://part:p@127.0.0.1:${server.port}/${name}`
    const table = await run(describeOne(name, "partly"), {}, url)
    expect(table.columns.map((column) => column.name)).toEqual(["id", "v", "w"])
    await database.query("REVOKE SELECT (v) ON partly FROM part@127.0.0.1; ALTER TABLE partly DROP COLUMN w")
    const seen = await run(describeOne(name, "partly"), {}, url)
    expect(seen.columns.map((column) => column.name)).toEqual(["id"])
    const one = (column: string) =>
      failureOf(
        readPage({
          table,
          columns: table.columns.filter((each) => each.name === column),
          where: [],
          order: ["id"],
          after: undefined,
          limit: 1,
          maxBytes: 1,
        }),
      )
    expect((await run(one("v"), {}, url)).code).toBe("forbidden")
    expect((await run(one("w"), {}, url)).code).toBe("column-missing")
  })

  it("no look-up, however long its keys are: they are asked for in parts that the server takes", async () => {
    await database.query("CREATE TABLE long_keys (k varchar(700) CHARACTER SET utf8mb4 PRIMARY KEY)")
    await database.query("INSERT INTO long_keys SELECT CONCAT(seq, REPEAT('k', 690)) FROM seq_1_to_2500")
    const table = await find("long_keys")
    const keys = Array.from({ length: 2500 }, (_, n) => [`${n + 1}${"k".repeat(690)}`])
    expect(await run(lookup(table, [...keys, ["gone"]]))).toHaveLength(2500)
  })
})
