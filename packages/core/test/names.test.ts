import { describe, expect, it } from "vitest"
import { formatTableName, isWildcard, parseTableName } from "../src/table/Table.ts"
import { nearest } from "../src/error/suggest.ts"

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
