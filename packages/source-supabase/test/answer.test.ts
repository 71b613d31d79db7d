import { expect, it, vi } from "vitest"
import { alias, findEdge, lastRowEnd, readAnswer } from "../src/internal/answer.ts"

const values = [
  null,
  "",
  "null",
  "x",
  "a text that is longer than V8 copies",
  '"',
  '"}',
  '"},{"c0":"x"}]',
  "\\",
  '\\"',
  "\\\\",
  'a\\"b',
  "]",
  ',"c1":null}',
  "a\nb\tc\r\u0000\u001f",
  "é",
  "\u{1F600}",
  "\ud800",
  "\u2028",
  "__proto__",
]
const pairs = values.flatMap((first) => values.map((second) => [first, second]))
const named = (row: ReadonlyArray<unknown>) => Object.fromEntries(row.map((value, place) => [alias(place), value]))

/** As PostgreSQL's json_agg prints rows, and with all of what JSON allows between them. */
const separators = [",", ", \n ", " \t\r\n, "]

it.each(separators)("reads every value as JSON.parse does, rows separated by %j", (separator) => {
  const rows = pairs.map((row) => JSON.stringify(named(row)))
  expect(readAnswer(`[${rows.join(separator)}]`, 2)).toEqual(pairs)
  expect(readAnswer(` [ ${rows.join(separator)} ] \n`, 2)).toEqual(pairs)
  for (const [index, row] of rows.entries()) expect(readAnswer(`[${row}]`, 2)).toEqual([pairs[index]])
})

it.each(separators)("finds the last row and the number of rows, rows separated by %j", (separator) => {
  const rows = pairs.map((row) => JSON.stringify(named(row)))
  for (const [index, last] of pairs.entries()) {
    const text = `[${rows.slice(0, index + 1).join(separator)}]\n`
    expect(findEdge(text, 2)).toEqual({ last, length: index + 1 })
  }
})

it.each([
  "[]",
  " [ ] ",
  "",
  '[{"c1":"b","c0":"a"}]',
  '[{"c0":1,"c1":"b"}]',
  '[{"c0":"a","c1":"b"}',
  '[{"c0":"a"}]',
  "{}",
])("finds no edge in %s", (text) => {
  expect(findEdge(text, 2)).toBe(undefined)
})

it("leaves to JSON.parse only what holds an escape", () => {
  const parse = vi.spyOn(JSON, "parse")
  try {
    readAnswer('[{"c0":"1","c1":null}, \n {"c0":"2","c1":"x\\ty"}]', 2)
    expect(parse.mock.calls).toEqual([['"x\\ty"']])
  } finally {
    parse.mockRestore()
  }
})

it("reads escapes of every kind", () => {
  expect(readAnswer(String.raw`[{"c0":"\u0022\/\b\f\n\r\t\\\u00e9","c1":"\\"}]`, 2)).toEqual([
    ['"/\b\f\n\r\t\\é', "\\"],
  ])
})

it.each([
  ["no row", "[]", []],
  ["no row, with spaces", " [ ] ", []],
  ["names in another order", '[{"c1":"b","c0":"a"}]', [["a", "b"]]],
  ["spaces within a row", '[{ "c0" : "a" , "c1" : "b" }]', [["a", "b"]]],
  ["other names too", '[{"c0":"a","c1":"b","c2":"c"}]', [["a", "b"]]],
  ["a name twice", '[{"c0":"x","c0":"a","c1":"b"}]', [["a", "b"]]],
  [
    "a row that lacks a value",
    '[{"c0":"a"},{"c0":"a","c1":"b"}]',
    [
      ["a", undefined],
      ["a", "b"],
    ],
  ],
  ["values that are no texts", '[{"c0":1,"c1":{"a":[true]}}]', [[1, { a: [true] }]]],
])("reads %s", (_, text, rows) => {
  expect(readAnswer(text, 2)).toEqual(rows)
})

it.each(["{}", "null", '"c0"', "[null]", '[["a","b"]]', '[{"c0":"a","c1":"b"},1]'])("takes %s for no rows", (text) => {
  expect(readAnswer(text, 2)).toBe(undefined)
})

it.each([
  "",
  "<p>",
  "[",
  '[{"c0":"a","c1":"b"}',
  '[{"c0":"a","c1":"b"},',
  '[{"c0":"a","c1":"b"},]',
  '[,{"c0":"a","c1":"b"}]',
  '[{"c0":"a","c1":"b"}{"c0":"a","c1":"b"}]',
  '[{"c0":"a","c1":"b"}]]',
  '[{"c0":"a","c1":"b"}] x',
  '[{"c0":"a","c1":"b',
  '[{"c0":"a","c1":"b\\"}]',
  '[{"c0":"a","c1":"\\x"}]',
  '[{"c0":"a","c1":nullnull}]',
  '[{"c0":"a","c1":"b"]',
])("throws for %s, which is no JSON", (text) => {
  expect(() => readAnswer(text, 2)).toThrow(SyntaxError)
})

it("finds the end of the last whole row wherever an answer is cut", () => {
  const rows = pairs.map((row) => JSON.stringify(named(row)))
  const text = `[${rows.join(",")}]`
  let end = 0
  let whole = 0
  for (let cut = 0; cut <= text.length; cut += 1) {
    const next = rows[whole]
    if (next !== undefined && cut >= (end === 0 ? 1 : end + 1) + next.length) {
      end = (end === 0 ? 1 : end + 1) + next.length
      whole += 1
    }
    if (cut % 7 === 0 || cut === end) expect(lastRowEnd(text.slice(0, cut))).toBe(end)
  }
  expect(whole).toBe(rows.length)
})
