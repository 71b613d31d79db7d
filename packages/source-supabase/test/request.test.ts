import type { Column, TableSchema } from "@starbase-replication/core/source"
import { columnType } from "@starbase-replication/postgres-values"
import { describe, expect, it } from "vitest"
import { type Asked, makeQuery, splitKeys, urlOf } from "../src/internal/request.ts"
import { type Condition, parseOrder, parseSelect, parseTree } from "./support/grammar.ts"

const column = (name: string, sourceType = "text"): Column => ({
  name,
  sourceType,
  type: columnType(sourceType),
  nullable: false,
})
const tableOf = (...columns: ReadonlyArray<Column>): TableSchema => ({
  name: { schema: "public", name: "t" },
  kind: "table",
  columns,
  key: [],
})
const asked = (table: TableSchema, more: Partial<Asked> = {}): Asked => ({
  table,
  columns: table.columns,
  where: [],
  order: table.columns.slice(0, 1).map(({ name }) => name),
  limit: 10,
  ...more,
})
const parameters = (query: Asked) => Object.fromEntries(new URLSearchParams(makeQuery(query).search))
const tree = (query: Asked): Condition => parseTree(`and${parameters(query)["and"]}`)

const hostile = [
  "plain",
  "Mixed Case",
  'we"ird',
  "back\\slash",
  '\\"',
  "a.b,c:d(e)f",
  "a->b",
  "a::text",
  "select",
  "and",
  "or",
  "not",
  "limit",
  "count()",
  "__proto__",
  "ünïcode \u{1F600}",
  "per%cent+plus&amp=eq;#?/",
  " spaces around ",
  "line\nbreak\ttab",
  "{1,2}",
  "null",
  "asc",
  "",
]

describe("makeQuery", () => {
  it("asks for a page", () => {
    const table = tableOf(column("id", "bigint"), column("at", "timestamp with time zone"), column("ip", "inet"))
    const where = [{ column: "at", op: "isNotNull" }] as const
    expect(
      parameters(asked(table, { where, order: ["at", "id"], after: ["2024-01-01T00:00:00.000000Z", "7"] })),
    ).toEqual({
      select: "c0:id::text,c1:at::text,c2:ip",
      and: '(at.not.is.null,at.gte."2024-01-01T00:00:00.000000Z",or(at.gt."2024-01-01T00:00:00.000000Z",and(at.eq."2024-01-01T00:00:00.000000Z",id.gt.7)))',
      order: "at.asc,id.asc",
      limit: "10",
    })
  })

  it("bounds as many columns as there are values", () => {
    const table = tableOf(column("a"), column("b"), column("c"))
    const order = ["a", "b", "c"]
    expect(parameters(asked(table, { order, after: ["x"] }))["and"]).toBe('(a.gt."x")')
    expect(parameters(asked(table, { order, after: ["x", "y", "z"] }))["and"]).toBe(
      '(a.gte."x",or(a.gt."x",and(a.eq."x",b.gte."y",or(b.gt."y",and(b.eq."y",c.gt."z")))))',
    )
    expect(parameters(asked(table, { order, after: [] }))["and"]).toBeUndefined()
  })

  it("writes every filter so that PostgREST reads the same", () => {
    const table = tableOf(column("n"))
    const read = (where: Asked["where"]) => {
      const found = tree(asked(table, { where }))
      return "all" in found ? found.all : [found]
    }
    for (const op of ["eq", "neq", "lt", "lte", "gt", "gte"] as const) {
      expect(read([{ column: "n", op, value: "a" }])).toEqual([{ field: "n", not: false, op, value: "a" }])
    }
    expect(read([{ column: "n", op: "isNull" }])).toEqual([{ field: "n", not: false, op: "is" }])
    expect(read([{ column: "n", op: "isNotNull" }])).toEqual([{ field: "n", not: true, op: "is" }])
    expect(read([{ column: "n", op: "in", values: ["a", ""] }])).toEqual([
      { field: "n", not: false, op: "in", list: ["a", ""] },
    ])
  })

  it("never sends a list that PostgREST takes for an empty one", () => {
    const table = tableOf(column("n"))
    expect(tree(asked(table, { where: [{ column: "n", op: "in", values: [""] }] }))).toEqual({
      all: [{ field: "n", not: false, op: "eq", value: "" }],
    })
    expect(tree(asked(table, { where: [{ column: "n", op: "in", values: [] }] }))).toEqual({
      all: [
        {
          all: [
            { field: "n", not: false, op: "is" },
            { field: "n", not: true, op: "is" },
          ],
        },
      ],
    })
  })

  it.each(hostile.filter((name) => name !== ""))("keeps the name %j", (name) => {
    const table = tableOf(column(name))
    const query = asked(table, { where: [{ column: name, op: "isNull" }], after: ["x"] })
    const { select = "", order = "" } = parameters(query)
    expect(parseSelect(select)).toEqual([{ alias: "c0", field: name, cast: "text" }])
    expect(parseOrder(order)).toEqual([{ field: name, direction: "ASC" }])
    expect(tree(query)).toEqual({
      all: [
        { field: name, not: false, op: "is" },
        { field: name, not: false, op: "gt", value: "x" },
      ],
    })
  })

  it.each(hostile)("keeps the value %j", (value) => {
    const table = tableOf(column("n"), column("m"))
    expect(tree(asked(table, { order: ["n", "m"], after: [value, value] }))).toEqual({
      all: [
        { field: "n", not: false, op: "gte", value },
        {
          any: [
            { field: "n", not: false, op: "gt", value },
            {
              all: [
                { field: "n", not: false, op: "eq", value },
                { field: "m", not: false, op: "gt", value },
              ],
            },
          ],
        },
      ],
    })
    expect(tree(asked(table, { where: [{ column: "n", op: "in", values: [value, value] }] }))).toEqual({
      all: [{ field: "n", not: false, op: "in", list: [value, value] }],
    })
  })

  it("sends bytes in the form that PostgreSQL reads", () => {
    const table = tableOf(column("b", "bytea"))
    const where = [{ column: "b", op: "in", values: ["00ff", ""] }] as const
    expect(tree(asked(table, { where, after: ["5c22"] }))).toEqual({
      all: [
        { field: "b", not: false, op: "in", list: ["\\x00ff", "\\x"] },
        { field: "b", not: false, op: "gt", value: "\\x5c22" },
      ],
    })
  })

  it("asks for rows by one key column or by several", () => {
    const table = tableOf(column("a"), column("b"))
    const is = (field: string, value: string) => ({ field, not: false, op: "eq", value })
    expect(tree(asked(table, { order: ["a"], keys: [["x"], ["y"]] }))).toEqual({
      all: [{ field: "a", not: false, op: "in", list: ["x", "y"] }],
    })
    const keys = [
      ["x", "1"],
      ["y", "2"],
    ]
    expect(tree(asked(table, { order: ["a", "b"], keys }))).toEqual({
      all: [{ any: [{ all: [is("a", "x"), is("b", "1")] }, { all: [is("a", "y"), is("b", "2")] }] }],
    })
  })
})

describe("splitKeys", () => {
  const url = "https://abcdefgh.supabase.co"
  /** The line of a request that a look-up makes, its first page or one after the key given. */
  const lineOf = (query: Asked, keys: NonNullable<Asked["keys"]>, after?: ReadonlyArray<string>) =>
    urlOf(url, makeQuery({ ...query, keys, after }))

  it.each([
    ["UUIDs", "uuid", (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, "0")}`],
    ["short integers", "integer", String],
    ["texts of several bytes a character", "text", (n: number) => `${"é".repeat(366)}${n}`],
    ["texts full of what is escaped", "text", (n: number) => `${'"\\ %'.repeat(100)}${n}`],
  ] as const)("keeps the whole URL short and loses no key of %s", (_, type, make) => {
    const table = tableOf(column("id", type), ...Array.from({ length: 40 }, (__, n) => column(`a column ${n}`)))
    const keys = Array.from({ length: 1000 }, (__, n) => [make(n)])
    const query = asked(table, { where: [{ column: "a column 1", op: "neq", value: "x".repeat(500) }] })
    const parts = splitKeys(url, query, keys)
    expect(parts.flat()).toEqual(keys)
    for (const part of parts) {
      expect(lineOf(query, part).length).toBeLessThanOrEqual(8000)
      if (part.length > 1)
        for (const after of part.slice(-5)) expect(lineOf(query, part, after).length).toBeLessThanOrEqual(8000)
    }
  })

  it("counts the name of the table and the URL before it", () => {
    const table = { ...tableOf(column("id", "uuid")), name: { schema: "public", name: "ü".repeat(60) } }
    const keys = Array.from({ length: 1000 }, (_, n) => [`00000000-0000-0000-0000-${String(n).padStart(12, "0")}`])
    const base = `https://host/${"x".repeat(500)}`
    for (const part of splitKeys(base, asked(table), keys)) {
      expect(urlOf(base, makeQuery({ ...asked(table), keys: part, after: part[0] })).length).toBeLessThanOrEqual(8000)
    }
  })

  it("asks for as many keys at a time as the docs say", () => {
    const parts = (type: string, make: (n: number) => string) =>
      splitKeys(
        url,
        asked(tableOf(column("id", type))),
        Array.from({ length: 1000 }, (_, n) => [make(n)]),
      ).length
    expect(parts("uuid", (n) => `00000000-0000-0000-0000-${String(n).padStart(12, "0")}`)).toBe(5)
    expect(parts("integer", (n) => String(n + 1_000_000))).toBe(2)
  })

  it("sends a key alone that is too long by itself", () => {
    const keys = [["x".repeat(9000)], ["y"]]
    expect(splitKeys(url, asked(tableOf(column("id"))), keys)).toEqual([[keys[0]], [keys[1]]])
  })
})
