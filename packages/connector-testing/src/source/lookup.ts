import { type LookupRequest, type Row, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { sameSet } from "../internal/expect.ts"
import { columns, remove } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { range, shuffled } from "../internal/samples.ts"
import type { Subject } from "../internal/subject.ts"
import { checkRows } from "../internal/walk.ts"
import type { NewTable } from "../Tables.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("lookup", docs.lookup)

type Asked = Pick<LookupRequest, "table" | "keys"> & Partial<LookupRequest>

const lookUp = Effect.fnUntraced(function* (asked: Asked) {
  const source = yield* Source
  const request = { columns: asked.table.columns, where: [], key: asked.table.key, ...asked }
  const rows: ReadonlyArray<Row> = yield* source.lookup(request)
  yield* checkRows(request.columns, rows)
  return rows
})

const numbered: NewTable = {
  name: "kit_lookup",
  columns: columns({ id: "integer", v: "text", mark: "integer?" }),
  key: ["id"],
}
/** Every second number from -10 on; those that are divisible by three carry a mark. */
const stored = range(1200).map((n) => {
  const id = n * 2 - 10
  return [String(id), `row ${id}`, id % 3 === 0 ? "1" : null]
})
const keysOf = (rows: ReadonlyArray<ReadonlyArray<string | null>>) => rows.map(([id]) => [id ?? ""])

export const lookup = [
  check(
    "keys that are there, and keys that are not",
    "lookup gives the rows of the keys that exist and nothing for the others: a key that is left out is proven absent. A key that is asked for twice is answered once.",
    reading(
      numbered,
      shuffled(stored),
      Effect.fnUntraced(function* (table) {
        const some = stored.slice(3, 8)
        yield* sameSet(yield* lookUp({ table, keys: keysOf(some) }), some, "Keys that are all there.")
        const odd = [["-9"], ["1"], ["9223372036854775807"]]
        yield* sameSet(yield* lookUp({ table, keys: odd }), [], "Keys that are not there.")
        const mixed = [...odd, ...keysOf(some), ...keysOf(some)]
        yield* sameSet(yield* lookUp({ table, keys: mixed }), some, "Both, and some of them twice.")
        yield* remove(numbered, some[0]?.[0] ?? "")
        yield* sameSet(yield* lookUp({ table, keys: keysOf(some) }), some.slice(1), "One of them deleted since.")
      }),
    ),
  ),

  check(
    "a thousand keys",
    "lookup takes up to 1000 keys at once and loses none of them, whatever the source must do for it.",
    reading(
      numbered,
      stored,
      Effect.fnUntraced(function* (table) {
        const thousand = stored.slice(0, 1000)
        yield* sameSet(
          yield* lookUp({ table, keys: keysOf(shuffled(thousand)) }),
          thousand,
          "A thousand keys, all there.",
        )
        const half = [...keysOf(stored.slice(700)), ...range(500).map((n) => [String(n * 2 + 1)])]
        yield* sameSet(yield* lookUp({ table, keys: half }), stored.slice(700), "A thousand keys, half of them there.")
      }),
    ),
  ),

  check(
    "where and columns",
    "A row that exists but does not meet where is left out, and a row has the columns that were asked for, in their order.",
    reading(
      numbered,
      stored,
      Effect.fnUntraced(function* (table) {
        const some = stored.slice(0, 30)
        const marked = yield* lookUp({
          table,
          keys: keysOf(some),
          columns: table.columns.toReversed().slice(1),
          where: [{ column: "mark", op: "eq", value: "1" }],
        })
        const expected = some.flatMap(([id, v, mark]) => (mark === "1" ? [[v, id]] : []))
        yield* sameSet(marked, expected, "The columns v and id of the rows whose mark is 1.")
      }),
    ),
  ),

  check(
    "keys of several columns",
    "A key of several columns is looked up as a whole: a row that shares only some of its values is another row.",
    Effect.suspend(() => {
      const rows = ["a", "b"].flatMap((a) => ["-1", "9007199254740993"].flatMap((b) => ["", "x"].map((c) => [c, b, a])))
      return reading(
        {
          name: "kit_lookup_composite",
          columns: columns({ c: "text", b: "integer", a: "text" }),
          key: ["a", "b", "c"],
        },
        rows,
        Effect.fnUntraced(function* (table) {
          const keys = [
            ["a", "-1", ""],
            ["b", "9007199254740993", "x"],
            ["a", "9007199254740993", "gone"],
            ["a", "9007199254740992", "x"],
            ["b", "-1", "x"],
          ]
          const expected = [
            ["", "-1", "a"],
            ["x", "9007199254740993", "b"],
            ["x", "-1", "b"],
          ]
          yield* sameSet(
            yield* lookUp({ table, key: ["a", "b", "c"], keys }),
            expected,
            "Three keys that are there, and two that are not.",
          )
        }),
      )
    }),
  ),
]
