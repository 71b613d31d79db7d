import { describe, expect, it } from "vitest"
import { asker, tablePath } from "../../ui/api.ts"
import { bounded, isRead } from "../../ui/sql.ts"
import { bytes, csv, duration, short, visible } from "../../ui/text.ts"
import { hostileNames } from "./support/made.ts"

describe("a text of anybody's", () => {
  it.each([
    ["orders\u202Egnp", "orders⟨202E⟩gnp"],
    ["a\u200Bb\u2066c\uFEFF", "a⟨200B⟩b⟨2066⟩c⟨FEFF⟩"],
    ["bell\u0007\n", "bell⟨0007⟩⟨000A⟩"],
    ["\uD800x", "⟨D800⟩x"],
    ["", "⟨empty⟩"],
    [" padded ", "␣padded␣"],
    ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
    ["a\u200Db", "a⟨200D⟩b"],
    ["\uE000", "⟨E000⟩"],
    ["tag\u{E0041}", "tag⟨E0041⟩"],
    ["注文 الطلبات <b>", "注文 الطلبات <b>"],
  ])("%j shows all that is in it", (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it("is cut between characters", () => {
    expect(short("😀".repeat(100), 5)).toBe("😀😀😀😀…")
  })
})

describe("CSV", () => {
  it("quotes what it must, and begins no text as a formula", () => {
    const rows = [
      [1, null, "a,b", 'say "x"', "two\nlines"],
      [-2.5, "=1+1", "@x", "-5", "+cmd|x"],
      ["\tx", " padded", true, { a: 1 }, "2026-01-01"],
    ]
    expect(csv(["id", "=head"], rows).split("\r\n")).toEqual([
      "id,'=head",
      '1,,"a,b","say ""x""","two\nlines"',
      "-2.5,'=1+1,'@x,-5,'+cmd|x",
      `"'\tx"," padded",true,"{""a"":1}",2026-01-01`.replace(`"'\tx"`, "'\tx"),
      "",
    ])
  })
})

describe("a query", () => {
  it.each([
    ["SELECT 1", true],
    ["  -- a comment\n/* another */ with x AS (SELECT 1) SELECT * FROM x;", true],
    ["VALUES (1)", true],
    ["DELETE FROM t", false],
    ["selection", false],
    ["PRAGMA foreign_keys", false],
    ["", false],
  ])("%j reads: %s", (sql, expected) => {
    expect(isRead(sql)).toBe(expected)
  })

  it("stands in brackets, so that it does nothing but read", () => {
    expect(bounded("SELECT 1 -- so\n;; ", 10)).toBe("SELECT * FROM (\nSELECT 1 -- so\n) LIMIT 10")
  })
})

describe("numbers", () => {
  it("have a unit that fits", () => {
    expect([0, 999, 1500, 2_100_000_000, 10_000_000_000].map(bytes)).toEqual([
      "0 B",
      "999 B",
      "1.5 kB",
      "2.1 GB",
      "10 GB",
    ])
    expect([400, 1100, 45_000, 120_000, 3 * 3_600_000, 3 * 86_400_000].map(duration)).toEqual([
      "400 ms",
      "1.1 s",
      "45 s",
      "2 min",
      "3 h",
      "3 d",
    ])
  })
})

describe("the path of a table", () => {
  it("is its own, whatever it is called", () => {
    for (const name of hostileNames.filter((one) => one !== "..")) {
      const path = tablePath(name, "pause")
      const { pathname } = new URL(path ?? "", "https://x.example")
      expect(decodeURIComponent(pathname)).toBe(`/replicate/${name}/pause`)
    }
    expect(tablePath("ui")).toBe("/replicate/%75i")
  })

  it("is none where no path could hold the name", () => {
    expect([tablePath("."), tablePath(".."), tablePath("\uD800")]).toEqual([undefined, undefined, undefined])
  })
})

it("a token goes into the head of a request, and nowhere else", async () => {
  const before = globalThis.fetch
  const seen: Array<readonly [string, RequestInit]> = []
  globalThis.fetch = async (input, init = {}) => {
    seen.push([String(input), init])
    return Response.json({ result: {} })
  }
  try {
    await asker("hush")("/replicate/status")
  } finally {
    globalThis.fetch = before
  }
  const [[url, { headers, credentials }] = ["", {}]] = seen
  expect(url).not.toContain("hush")
  expect(new Headers(headers).get("authorization")).toBe("Bearer hush")
  expect(credentials).toBe("omit")
})
