import type { Column, Filter, TableSchema } from "@starbase-replication/core/source"
import { describe, expect, it } from "vitest"
import { type Dialect, makeStatements, quoteWith } from "../src/index.ts"

const id: Column = { name: "id", type: "integer", sourceType: "bigint", nullable: false }
const at: Column = { name: "at", type: "timestamp", sourceType: "timestamp", nullable: true }
const name: Column = { name: 'na"me', type: "text", sourceType: "text", nullable: true }
const table: TableSchema = {
  name: { schema: "shop", name: "orders" },
  kind: "table",
  key: ["id"],
  columns: [id, at, name],
}
const request = { table, columns: [id, name], where: [], order: ["id"], after: undefined, limit: 10, maxBytes: 1000 }

/** What a database needs at least. */
const plain: Dialect = {
  quote: quoteWith('"'),
  always: [],
  select: ({ sql }) => sql,
  bound: (_, value, bind) => bind(value),
  rowValues: true,
  keyNumber: ({ sql, type }) => (type === "integer" ? sql : undefined),
  printNumber: (expression) => expression,
}
const { read, lookup, highest, summarize } = makeStatements(plain)
const written = makeStatements({ ...plain, rowValues: false })

describe("a page", () => {
  it("begins at the start", () => {
    const text = `SELECT t."id", t."na""me" FROM "shop"."orders" AS t ORDER BY t."id" LIMIT 10`
    expect(read(request)).toEqual({ text, values: [] })
    expect(read({ ...request, after: [] })).toEqual({ text, values: [] })
  })

  it("follows a row", () => {
    const after = { ...request, order: ["at", "id"], after: ["2024", "7"] }
    expect(read(after)).toEqual({
      text: `SELECT t."id", t."na""me" FROM "shop"."orders" AS t WHERE (t."at", t."id") > (?, ?) ORDER BY t."at", t."id" LIMIT 10`,
      values: ["2024", "7"],
    })
    expect(written.read(after)).toMatchObject({
      text: expect.stringContaining(`WHERE t."at" >= ? AND (t."at" > ? OR (t."at" = ? AND t."id" > ?)) ORDER BY`),
      values: ["2024", "2024", "2024", "7"],
    })
  })

  it("follows fewer values than the order has", () => {
    for (const one of [read, written.read]) {
      const { text } = one({ ...request, order: ["at", "id"], after: ["2024"] })
      expect(text).toContain(`WHERE t."at" > ? ORDER BY t."at", t."id"`)
    }
  })

  it("may be read in a way of the dialect's own", () => {
    const paged = makeStatements({
      ...plain,
      page: ({ limit }, { columns, from, by }) => `SELECT TOP ${limit} ${columns}${from}${by}`,
    })
    expect(paged.read({ ...request, columns: [id] }).text).toBe(
      `SELECT TOP 10 t."id" FROM "shop"."orders" AS t ORDER BY t."id"`,
    )
  })
})

it("a condition holds beside those of every statement", () => {
  const where: ReadonlyArray<Filter> = [
    { column: "id", op: "in", values: ["1", "2"] },
    { column: "id", op: "in", values: [] },
    { column: "at", op: "isNull" },
    { column: 'na"me', op: "neq", value: "x" },
  ]
  const { text, values } = makeStatements({ ...plain, parameter: (place) => `$${place}`, always: ["now()"] }).read({
    ...request,
    where,
  })
  expect(text).toContain(`WHERE now() AND t."id" IN ($1, $2) AND FALSE AND t."at" IS NULL AND t."na""me" <> $3 ORDER`)
  expect(values).toEqual(["1", "2", "x"])
})

it("a look-up names each key", () => {
  const asked = { table, columns: [id], where: [], key: ["id", "at"] }
  expect(lookup({ ...asked, key: ["id"], keys: [["1"], ["2"]] })).toEqual({
    text: `SELECT t."id" FROM "shop"."orders" AS t WHERE t."id" IN (?, ?)`,
    values: ["1", "2"],
  })
  const keys = [
    ["1", "a"],
    ["2", "b"],
  ]
  expect(lookup({ ...asked, keys })).toMatchObject({
    text: expect.stringContaining(`WHERE ((t."id" = ? AND t."at" = ?) OR (t."id" = ? AND t."at" = ?))`),
    values: ["1", "a", "2", "b"],
  })
})

it("the highest value is none of NULL", () => {
  expect(highest(table, at, [{ column: "id", op: "lt", value: "9" }])).toEqual({
    text: `SELECT t."at" FROM "shop"."orders" AS t WHERE t."at" IS NOT NULL AND t."id" < ? ORDER BY t."at" DESC LIMIT 1`,
    values: ["9"],
  })
})

it("what is read may be wrapped, but for a summary", () => {
  const wrapped = makeStatements({ ...plain, around: (columns, text) => `[${columns.length} ${text}]` })
  expect(wrapped.highest(table, at, []).text).toMatch(/^\[1 SELECT .* LIMIT 1\]$/)
  expect(wrapped.lookup({ table, columns: [id, at], where: [], key: ["id"], keys: [["1"]] }).text).toMatch(/^\[2 /)
  expect(wrapped.summarize({ table, where: [], key: [id], after: undefined, until: ["1"] })?.text).toMatch(/^SELECT /)
})

describe("a summary", () => {
  it("is of numbers below a prime, over a range that is closed above", () => {
    const asked = {
      table,
      where: [],
      key: [id, { ...at, type: "integer" as const }],
      after: ["1", "2"],
      until: ["3", "4"],
    }
    expect(summarize(asked)).toEqual({
      text:
        "SELECT count(*), coalesce(sum(n), 0), coalesce(sum(n * n % 2147483647), 0)" +
        ` FROM (SELECT ((t."id" % 2147483647) * 31 + t."at" % 2147483647) % 2147483647 AS n` +
        ` FROM "shop"."orders" AS t WHERE (t."id", t."at") <= (?, ?) AND (t."id", t."at") > (?, ?)) AS numbers`,
      values: ["3", "4", "1", "2"],
    })
    expect(written.summarize(asked)?.text).toContain(
      `t."id" <= ? AND (t."id" < ? OR (t."id" = ? AND t."at" <= ?)) AND t."id" >= ? AND (t."id" > ? OR`,
    )
  })

  it("is none where a column has no number", () => {
    expect(summarize({ table, where: [], key: [id, name], after: undefined, until: ["1", "a"] })).toBeUndefined()
  })
})

describe("ranges", () => {
  const digesting = makeStatements({
    ...plain,
    rowValues: false,
    digests: {
      hash: (columns) => `hash(${columns.map(({ sql }) => sql).join(", ")})`,
      summand: (columns) => `number(${columns.map(({ sql }) => sql).join(", ")})`,
      combine: (summand) => `xor(${summand})`,
      total: (summand) => `total(${summand})`,
      rank: (column) => {
        if (column.type === "timestamp") return undefined
        const compare = (sql: string, op: string, value: string) => `${sql} ${op} ${value}`
        return { sql: column.sql, isIndexed: column.type === "integer", compare }
      },
    },
  })
  const whole = { after: undefined, until: undefined }
  const asked = { table, columns: [id, name], where: [], key: [id], span: whole }
  const rows = `SELECT t."id" AS k0, number(t."id", t."na""me") AS h FROM "shop"."orders" AS t`

  it("are digested, each row found by few comparisons", () => {
    const bounds = ["1", "2", "3"].map((bound) => [bound])
    expect(digesting.digest({ ...asked, bounds })?.text).toBe(
      `SELECT IF(k0 lte 2,IF(k0 lte 1,0,1),IF(k0 lte 3,2,3)), count(*), xor(h) FROM (${rows}) AS d GROUP BY 1`,
    )
    expect(digesting.digest({ ...asked, bounds: [] })?.text).toBe(
      `SELECT 0, count(*), xor(h) FROM (${rows}) AS d GROUP BY 1`,
    )
  })

  it("are digested within a span, and by keys of two columns", () => {
    const span = { after: ["1", "a"], until: ["9", "z"] }
    const text = digesting.digest({ ...asked, key: [id, name], span, bounds: [["5", "m"]] })?.text
    expect(text).toContain(
      `WHERE t."id" gte 1 AND (t."id" gt 1 OR (t."id" eq 1 AND t."na""me" gt a)) AND t."id" lte 9 AND (t."id" lt 9 OR (t."id" eq 9 AND t."na""me" lte z))`,
    )
    expect(text).toContain(`SELECT IF(k0 lte 5 AND (k0 lt 5 OR (k0 eq 5 AND k1 lte m)),0,1), count(*)`)
  })

  it("are not digested by a key of another order, or by a dialect that cannot", () => {
    expect(digesting.digest({ ...asked, key: [id, at], bounds: [] })).toBeUndefined()
    expect(makeStatements(plain).digest({ ...asked, bounds: [] })).toBeUndefined()
  })

  it("are read by an index, or by finding the one that a row is in", () => {
    const within = [
      { after: undefined, until: ["2"] },
      { after: ["4"], until: ["6"] },
      { after: ["8"], until: undefined },
    ]
    const by = (key: Column) => digesting.read({ ...request, hashed: true, spans: { key: [key], within } }).text
    expect(by(id)).toBe(
      `SELECT t."id", t."na""me", hash(t."id", t."na""me") FROM "shop"."orders" AS t ` +
        `WHERE ((t."id" lte 2) OR (t."id" gt 4 AND t."id" lte 6) OR (t."id" gt 8)) ORDER BY t."id" LIMIT 10`,
    )
    const sql = `t."na""me"`
    expect(by(name)).toContain(
      `WHERE IF(${sql} lte 6,IF(${sql} lte 4,IF(${sql} lte 2,1,0),1),IF(${sql} lte 8,0,1)) = 1 ORDER BY`,
    )
    const all = { key: [id], within: [whole] }
    expect(digesting.read({ ...request, spans: all }).text).toBe(read(request).text)
  })
})
