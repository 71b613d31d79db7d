import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import {
  type Dialect,
  type Kind,
  mysqlDialect,
  type NewTable,
  postgresDialect,
  sqliteDialect,
  sqlTables,
  without,
} from "../src/index.ts"
import { samples } from "../src/internal/samples.ts"
import { isOffered } from "../src/Without.ts"

const kinds = (Object.keys(samples) as Array<Kind>).filter((kind) => isOffered(sqliteDialect.kinds[kind]))

const table: NewTable = {
  name: `odd "name"`,
  columns: [
    { name: "id", type: "integer" },
    ...kinds.map((kind) => ({ name: `a ${kind}`, type: kind, nullable: true })),
    { name: "own", type: { declared: "BLOB" }, nullable: true },
  ],
  key: ["id"],
}

const opened = () => {
  const database = new DatabaseSync(":memory:")
  const statements: Array<string> = []
  const execute = async (sql: string) => {
    statements.push(sql)
    database.exec(sql)
  }
  const rows = (sql: string) => database.prepare(sql).all()
  return { tables: sqlTables(sqliteDialect, { execute }), rows, statements }
}

describe("sqlTables", () => {
  it("stores every value of every kind exactly", async () => {
    const { tables, rows } = opened()
    await tables.create(table)
    const most = Math.max(...kinds.map((kind) => samples[kind].values.length))
    const stored = Array.from({ length: most }, (_, n) => [
      String(n),
      ...kinds.map((kind) => samples[kind].values[n] ?? null),
      { expression: `x'0${n % 10}'` },
    ])
    await tables.insert(table, stored)
    for (const kind of kinds) {
      const text = kind === "binary" ? `lower(hex("a ${kind}"))` : `CAST("a ${kind}" AS TEXT)`
      const found = rows(`SELECT ${text} AS v FROM "odd ""name""" WHERE "a ${kind}" IS NOT NULL ORDER BY id`)
      expect(found.map(({ v }) => v)).toEqual(samples[kind].values)
    }
    expect(rows(`SELECT hex(own) AS v FROM "odd ""name""" WHERE id = 7`)).toMatchObject([{ v: "07" }])
  })

  it("changes, deletes and drops, and cuts long statements", async () => {
    const { tables, rows, statements } = opened()
    const small: NewTable = {
      name: "t",
      columns: [
        { name: "id", type: "integer" },
        { name: "v", type: "longText", nullable: true },
      ],
      key: ["id"],
    }
    await tables.create(small)
    await tables.insert(small, [
      ["1", "x".repeat(60_000)],
      ["2", "y".repeat(60_000)],
      ["3", "z"],
    ])
    expect(statements.map((sql) => sql.length).every((length) => length < 100_000)).toBe(true)
    await tables.update(small, "1", { v: null })
    await tables.update(small, "2", { v: "it's" })
    await tables.delete(small, "3")
    expect(rows("SELECT id, v FROM t ORDER BY id")).toMatchObject([
      { id: 1, v: null },
      { id: 2, v: "it's" },
    ])
    if (isOffered(tables.createView)) await tables.createView("w", small)
    expect(rows("SELECT id FROM w")).toHaveLength(2)
    await tables.drop("w", "view")
    await tables.drop("t", "table")
    await tables.drop("t", "table")
    expect(rows("SELECT name FROM sqlite_master")).toEqual([])
  })

  it("refuses to make what the dialect is without", async () => {
    const { tables } = opened()
    const decimal: NewTable = { name: "d", columns: [{ name: "v", type: "decimal" }] }
    await expect(tables.create(decimal)).rejects.toThrow("SQLite has no exact decimals")
    expect(isOffered(without("reasons"))).toBe(false)
  })
})

describe("dialects", () => {
  it.each<[string, Dialect, ReadonlyArray<string>]>([
    [
      "postgresDialect",
      postgresDialect,
      [`"a""b\`"`, `'it''s \\'`, `'\\x00ff'`, `'2024-01-01T00:00:00.000001Z'`, `'1'`],
    ],
    ["mysqlDialect", mysqlDialect, ['`a"b```', `'it''s \\\\'`, `x'00ff'`, `'2024-01-01T00:00:00.000001'`, "1"]],
    ["sqliteDialect", sqliteDialect, [`"a""b\`"`, `'it''s \\'`, `x'00ff'`, `'2024-01-01T00:00:00.000001Z'`, "1"]],
  ])("%s quotes names and values", (_, { quote, literal }, expected) => {
    const values = [
      literal("it's \\", "text"),
      literal("00ff", "binary"),
      literal("2024-01-01T00:00:00.000001Z", "timestamptz"),
      literal("1", "boolean"),
    ]
    expect([quote('a"b`'), ...values]).toEqual(expected)
  })
})
