import { describe, expect, it } from "vitest"
import { parseTransactions } from "../src/internal/transactions.ts"

describe("parseTransactions", () => {
  it.each([
    ["10:10:", "7", { next: "10", open: [] }],
    ["10:20:10,14", "17", { next: "20", open: ["10", "14"] }],
    ["10:20:10", "19", { next: "22", open: ["10", "20", "21"] }],
    ["8589934597:8589934600:8589934597", "6", { next: "8589934601", open: ["8589934597", "8589934600"] }],
    [
      "4294967295:4294967295:",
      "0",
      { next: "4294967299", open: ["4294967295", "4294967296", "4294967297", "4294967298"] },
    ],
    ["3000000000:3000000000:", "-1294967298", { next: "3000000001", open: ["3000000000"] }],
  ])("reads %s and an age of %s", (snapshot, age, expected) => {
    expect(parseTransactions(snapshot, age)).toEqual(expected)
  })

  it("takes nothing else", () => {
    expect(parseTransactions("", "7")).toBeUndefined()
    expect(parseTransactions("10:20:x", "7")).toBeUndefined()
    expect(parseTransactions("10:20:", "")).toBeUndefined()
  })
})
