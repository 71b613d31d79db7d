import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet } from "../internal/expect.ts"
import { allowed, columns, made } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { columnOf, describe, inRun, Subject } from "../internal/subject.ts"
import { shorten, walk } from "../internal/walk.ts"
import { nameIn, type NewTable } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("names and values", docs.names)

const hostileNames = [
  "select",
  'we"ird',
  "back`tick",
  "it's",
  "back\\slash",
  "with space",
  "MiXed",
  "ünïcode",
  "\u{1F600}",
  "__proto__",
  "constructor",
  "a.b",
  "a,b",
  "(paren)",
  "[bracket]",
  "{brace}",
  "semi;colon",
  "dash--dash",
  "/*comment*/",
  "%s",
  "$1",
  "?",
  ":name",
  "#hash",
  "&amp=1",
  "*",
  "t",
  "1",
  "x".repeat(59),
]

const hostileTexts = [
  "'; DROP TABLE kit_canary; --",
  "' OR '1'='1",
  '" OR "1"="1',
  "\\'; DROP TABLE kit_canary; --",
  "`",
  "$$",
  "$1",
  "?",
  ":name",
  "%",
  "_",
  "%00",
  "&select=*",
  "eq.1",
  "not.is.null",
  "(a,b)",
  'a","b',
  "{a,b}",
  '{"a": "b"}',
  "NULL",
  "true",
  "\t",
  "a\nb",
  "a\u2028b",
  "\u{1F600}",
  "../..",
  "\ufeffbom",
]

/** Something that a hostile value would drop or change. */
const canary: NewTable = { name: "kit_canary", columns: columns({ id: "integer", v: "text" }), key: ["id"] }
const withCanary = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  yield* made(canary, [["1", "sings"]])
  yield* effect
  const { rows } = yield* inRun(Effect.flatMap(describe(canary), (found) => walk({ table: found })))
  yield* same(rows, [["1", "sings"]], "A table that nobody may touch.")
})

export const names = [
  check(
    "hostile names",
    "Any name that the source allows may be that of a table, of a column, of a key or in a condition: it is quoted, never pasted, and keeps its case.",
    withCanary(
      Effect.gen(function* () {
        const { tables } = yield* Subject
        const some = yield* allowed("name", hostileNames)
        const key = some.slice(0, 3)
        const row = some.map((_, place) => (place < key.length ? `k${place}` : `v${place}`))
        for (const name of some) {
          const table = { name: `kit ${name}`, columns: some.map((one) => ({ name: one, type: "text" as const })), key }
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* made(table, [row])
              yield* inRun(
                Effect.gen(function* () {
                  const source = yield* Source
                  const found = yield* describe(table)
                  yield* same(found.name, nameIn(tables, table.name), "The table's name.")
                  yield* same(
                    found.columns.map((column) => column.name),
                    some,
                    `The columns of ${shorten(table.name)}.`,
                  )
                  yield* same(found.key, key, `The key of ${shorten(table.name)}.`)
                  const place = some.indexOf(name)
                  const where = [{ column: name, op: "eq", value: row[place] ?? "" } as const]
                  const order = [name, ...key.filter((one) => one !== name)]
                  const read = yield* walk({ table: found, where, order, limit: 1 })
                  yield* same(read.rows, [row], `The row, by ${shorten(name)}.`)
                  const highest = yield* source.highest(found, yield* columnOf(found, name), where)
                  yield* same(highest, row[place], `The highest ${shorten(name)}.`)
                }),
              )
            }),
          )
        }
      }),
    ),
  ),

  check(
    "hostile values",
    "Any text may be a value, in a key, in a position, in a condition and in a lookup: it is bound or escaped, and finds the rows that have exactly it.",
    withCanary(
      Effect.gen(function* () {
        const some = yield* allowed("text", hostileTexts)
        const rows = some.map((text, n) => [text, String(n)])
        yield* reading(
          { name: "kit_hostile", columns: columns({ k: "text", n: "integer" }), key: ["k"] },
          rows,
          Effect.fnUntraced(function* (table) {
            const source = yield* Source
            const { rows: one } = yield* walk({ table, limit: 1 })
            yield* sameSet(one, rows, "All rows, one a page.")
            const keys = some.map((text) => [text])
            const asked = { table, columns: table.columns, key: ["k"] }
            yield* sameSet(yield* source.lookup({ ...asked, where: [], keys }), rows, "All rows, looked up.")
            const where = [{ column: "k", op: "in", values: some } as const]
            yield* sameSet((yield* walk({ table, where })).rows, rows, "All rows, by a condition with in.")
            for (const [text = "", n = ""] of rows) {
              const found = yield* walk({ table, where: [{ column: "k", op: "eq", value: text }] })
              yield* same(found.rows, [[text, n]], `Where k is ${shorten(text)}.`)
            }
          }),
        )
      }),
    ),
  ),
]
