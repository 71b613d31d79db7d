import { describe, expect, it } from "vitest"
import { clean, cleanLines, cleanName, toJson } from "../src/print/clean.ts"
import { bar } from "../src/print/progress.ts"
import { differenceLines } from "../src/print/results.ts"
import { shellWord } from "../src/print/states.ts"
import { plain } from "../src/print/style.ts"
import { cut, table } from "../src/print/table.ts"
import { bytes, duration } from "../src/print/words.ts"

describe("a text of others", () => {
  it.each([
    ["a\u202eb", "a⟨202E⟩b"],
    ["\u001b[2J", "⟨001B⟩[2J"],
    ["\u009b31m", "⟨009B⟩31m"],
    ["a\nb\tc", "a⟨000A⟩b⟨0009⟩c"],
    ["\u200b\ufeff\u2028", "⟨200B⟩⟨FEFF⟩⟨2028⟩"],
    ["\ud800", "⟨D800⟩"],
    ["👩‍👩‍👧 👩🏽‍💻", "👩‍👩‍👧 👩🏽‍💻"],
    ["a\u200db", "a⟨200D⟩b"],
    ["日本 àé العربية", "日本 àé العربية"],
  ])("%j is shown as %j", (text, shown) => {
    expect(clean(text)).toBe(shown)
  })

  it("shows blanks at the edges of a name, and that it is empty", () => {
    expect([" ", "a b", " a ", ""].map(cleanName)).toEqual(["␣", "a b", "␣a␣", "␣"])
  })

  it("of several lines has none that looks like ours", () => {
    expect(cleanLines("a\nError: b\r")).toBe("a\n    Error: b⟨000D⟩")
  })

  it("is the same in JSON, and harmless", () => {
    const value = { name: "a\u202e\u001b\u009b\u{e0041}\n\ud800", list: ["é"] }
    const text = toJson(value)
    expect(text).toMatch(/^[\u0020-\u007e]*é[\u0020-\u007e]*$/)
    expect(JSON.parse(text)).toEqual(value)
    expect(JSON.parse(toJson(value, 2))).toEqual(value)
  })
})

describe("a table", () => {
  it("aligns by the width on a terminal, not by the number of characters", () => {
    const rows = [
      ["日本", "1"],
      ["👩‍👩‍👧", "22"],
      ["abc", "333"],
    ]
    expect(table([{ title: "T" }, { title: "N", align: "right" }], rows, plain)).toEqual([
      "T       N",
      "日本    1",
      "👩‍👩‍👧     22",
      "abc   333",
    ])
  })

  it("is cut where there is no room, the widest column first", () => {
    const lines = table([{ title: "NAME" }, { title: "N" }], [["x".repeat(50), "7"]], plain, 20)
    expect(lines[1]).toBe(`${"x".repeat(16)}…  7`)
    expect(cut("日本語", 4)).toBe("日…")
  })
})

it("draws bars, lengths of time and sizes", () => {
  expect([bar(0, 4), bar(0.5, 4), bar(3, 4)]).toEqual(["░░░░", "██░░", "████"])
  expect([0, 0.4, 59, 61, 7300, 200_000].map(duration)).toEqual(["0s", "<1s", "59s", "1min", "2h", "2d"])
  expect([12, 4096, 2_100_000_000].map(bytes)).toEqual(["12 B", "4.1 kB", "2.1 GB"])
})

it("marks differences, and says how many more there are", () => {
  const verification = { complete: true, checked: 9, repaired: 0, differing: 5 }
  const keys = [
    { key: ["1", "a"], kind: "missing" },
    { key: [2], kind: "extra" },
    { key: ["\u202e"], kind: "differs" },
    { key: [null], kind: "new" },
  ]
  const counts = { read: 0, written: 0, unchanged: 0, deleted: 0, rejected: 0, more: false, durationMs: 1 }
  expect(differenceLines({ table: "t", ...counts, verification: { ...verification, keys } }, plain)).toEqual([
    "  - 1, a  missing in the replica",
    "  + 2  in the replica alone",
    "  ~ ⟨202E⟩  other values",
    "  ? NULL  new",
    "  and 1 more",
  ])
})

it("writes names as words of a shell", () => {
  expect(["orders", "a b", "it's", "-x", "$(rm)"].map(shellWord)).toEqual([
    "orders",
    "'a b'",
    String.raw`'it'\''s'`,
    "-- -x",
    "'$(rm)'",
  ])
})
