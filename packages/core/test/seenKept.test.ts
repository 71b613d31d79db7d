import { describe, expect, it } from "vitest"
import type { Transactions } from "../src/source/Transactions.ts"
import { isQuietSince, keepSeen, type Seen, seenFrom, whyAnew } from "../src/state/Seen.ts"

const told = (next: string, more: Partial<Transactions> = {}): Transactions => ({
  next,
  open: [],
  history: "a 1",
  ...more,
})
const seen = (before: string, next: string, more: Partial<Seen> = {}): Seen => ({
  history: "a 1",
  before,
  next,
  parts: ["1"],
  at: 0,
  ...more,
})

describe("what was seen", () => {
  it("reaches up to the oldest transaction in flight, and is nothing where ids have no history", () => {
    expect(seenFrom(told("9", { open: ["7", "5"] }), ["1"], 3)).toEqual(seen("5", "9", { at: 3 }))
    expect(seenFrom(told("9", { unsureFrom: "6" }), undefined, 3)).toEqual(seen("6", "9", { at: 3, parts: [] }))
    expect(seenFrom({ next: "9", open: [] }, ["1"], 3)).toBeUndefined()
    expect(seenFrom(undefined, ["1"], 3)).toBeUndefined()
  })

  it.each([
    ["the same", told("9"), undefined],
    ["a later one", told("12", { open: ["9"] }), undefined],
    ["one with no history", { next: "5", open: [] }, undefined],
    ["another history", told("9", { history: "a 2" }), "another server"],
    ["an earlier state", told("8"), "earlier state"],
    // The ids of transactions are in the log of changes before their commits are.
    ["an earlier state in which as many have begun", told("9", { unsureFrom: "6" }), "earlier state"],
  ] as const)("of a source that shows %s", (_, now, why) => {
    const told = whyAnew(seen("7", "9"), now)
    if (why === undefined) expect(told).toBeUndefined()
    else expect(told).toContain(why)
    expect(whyAnew(undefined, now)).toBeUndefined()
  })

  it("is all there is while no transaction has begun, at the same source, and no part was added or taken away", () => {
    const quiet = seen("9", "9")
    expect(isQuietSince(quiet, told("9"), ["1"])).toBe(true)
    expect(isQuietSince(quiet, told("10"), ["1"])).toBe(false)
    expect(isQuietSince(seen("8", "9"), told("9"), ["1"])).toBe(false)
    expect(isQuietSince(quiet, told("9", { history: "b 1" }), ["1"])).toBe(false)
    expect(isQuietSince(quiet, told("9"), ["1", "2"])).toBe(false)
    expect(isQuietSince(quiet, told("9"), ["2"])).toBe(false)
  })

  it("is noted where rows were read, where it is of something else, and at least every five minutes, or each minute of quiet", () => {
    const old = seen("5", "5")
    const fresh = (at: number, more: Partial<Seen> = {}) => seen("9", "9", { at, ...more })
    expect(keepSeen(undefined, fresh(1), false)).toEqual(fresh(1))
    expect(keepSeen(old, undefined, false)).toBeUndefined()
    expect(keepSeen(old, fresh(1), true)).toEqual(fresh(1))
    expect(keepSeen(old, fresh(59_999), false)).toBe(old)
    expect(keepSeen(old, fresh(60_000), false)).toEqual(fresh(60_000))
    const busy = (at: number) => seen("9", "10", { at })
    expect(keepSeen(old, busy(299_999), false)).toBe(old)
    expect(keepSeen(old, busy(300_000), false)).toEqual(busy(300_000))
    expect(keepSeen(old, fresh(-1), false)).toEqual(fresh(-1))
    expect(keepSeen(old, fresh(1, { parts: ["2"] }), false)).toEqual(fresh(1, { parts: ["2"] }))
    expect(keepSeen(old, fresh(1, { history: "a 2" }), false)).toEqual(fresh(1, { history: "a 2" }))
  })

  it("is left as it was while the same transaction is open, so that it tells since when", () => {
    const held = seen("5", "9")
    expect(keepSeen(held, seen("5", "20", { at: 900_000 }), true)).toBe(held)
    expect(keepSeen(held, seen("6", "20", { at: 900_000 }), true)).toEqual(seen("6", "20", { at: 900_000 }))
    // Before, nothing was in flight.
    expect(keepSeen(seen("5", "5"), seen("5", "9", { at: 1 }), true)).toEqual(seen("5", "9", { at: 1 }))
  })
})
