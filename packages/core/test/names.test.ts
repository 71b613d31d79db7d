import { describe, expect, it } from "vitest"
import { dueTables, formatTableName, isWildcard, nextDue, parseTableName } from "../src/index.ts"
import { nearest } from "../src/internal/suggest.ts"

describe("table names", () => {
  it.each([
    ["orders", { name: "orders" }],
    ["public.orders", { schema: "public", name: "orders" }],
    ['public."we""ird"', { schema: "public", name: 'we"ird' }],
    ['"a.b"."c.d"', { schema: "a.b", name: "c.d" }],
    ["public.__proto__", { schema: "public", name: "__proto__" }],
    ['public."*"', { schema: "public", name: "*" }],
    ['public." spaced "', { schema: "public", name: " spaced " }],
    ["Ünï.Code", { schema: "Ünï", name: "Code" }],
  ])("reads and writes %s", (text, name) => {
    expect(parseTableName(text)).toEqual(name)
    expect(parseTableName(formatTableName(name))).toEqual(name)
  })

  it.each(["", "a.b.c", '"open', 'a"b', ".a", "a."])("refuses %j", (text) => {
    expect(parseTableName(text)).toBeUndefined()
  })

  it("tells a wildcard from a table of that name", () => {
    expect([isWildcard("*"), isWildcard("public.*"), isWildcard('public."*"'), isWildcard("a*")]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it("suggests what is close and nothing else", () => {
    expect(nearest("updatedat", ["id", "updated_at"])).toBe('; did you mean "updated_at"?')
    expect(nearest("ordres", ["orders", "order"])).toBe('; did you mean "orders"?')
    expect(nearest("x", ["completely"])).toBe("")
  })
})

describe("schedule", () => {
  const run = (table: string, lastRunAt: number | undefined, more = false, running = false) => ({
    table,
    lastRunAt,
    more,
    running,
  })
  const tables = [
    { into: "late", every: 1000 },
    { into: "later", every: 1000 },
    { into: "waiting", every: 10_000 },
    { into: "new", every: 10_000 },
    { into: "loading", every: 10_000 },
    { into: "running", every: 1000 },
  ]
  const runs = new Map(
    [
      run("late", 5000),
      run("later", 1000),
      run("waiting", 5000),
      run("loading", 9000, true),
      run("running", 1, false, true),
    ].map((one) => [one.table, one]),
  )

  it("takes what is due, the most overdue first", () => {
    expect(dueTables(tables, runs, 10_000).map(({ into }) => into)).toEqual(["new", "loading", "later", "late"])
  })

  it("knows when the next one is due", () => {
    expect(nextDue([{ into: "waiting", every: 10_000 }], runs)).toBe(15_000)
    expect(nextDue([], runs)).toBeUndefined()
  })
})
