import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns, insert, made, remove, update } from "../internal/made.ts"
import { moment, range } from "../internal/samples.ts"
import { describe, inRun, type Subject } from "../internal/subject.ts"
import { readPage, walk } from "../internal/walk.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("paging", docs.paging)

const table = {
  name: "kit_changing",
  columns: columns({ id: "integer", at: "timestamptz", v: "text" }),
  key: ["id"],
}
const rows = range(12).map((n) => [String(n * 10), moment(n), "old"])

/** Reads a first page of five rows in an order, changes the table, and gives the ids and texts of the rest. */
const restAfter = (order: ReadonlyArray<string>, change: Effect.Effect<unknown, never, Subject>) =>
  Effect.gen(function* () {
    yield* made(table, rows)
    return yield* inRun(
      Effect.gen(function* () {
        const found = yield* describe(table)
        const first = yield* readPage({ table: found, order, limit: 5 })
        yield* same(
          first.rows.map(([id]) => id),
          rows.slice(0, 5).map(([id]) => id),
          "The first page.",
        )
        yield* change
        const last = first.rows.at(-1) ?? []
        const after = order.map((name) => last[found.columns.findIndex((column) => column.name === name)] ?? "")
        const rest = yield* walk({ table: found, order, after, limit: 3 })
        return rest.rows.map(([id, , v]) => `${id} ${v}`)
      }),
    )
  })

const unread = rows.slice(5).map(([id]) => `${id} old`)

export const changing = [
  check(
    "the row at the page edge goes",
    "A page begins after the values of a position, not after a row: that row may be gone by then.",
    Effect.gen(function* () {
      const rest = yield* restAfter(["id"], Effect.andThen(remove(table, "40"), remove(table, "0")))
      yield* same(rest, unread, "The rest, after rows that were read already were deleted.")
    }),
  ),

  check(
    "rows come and go ahead and behind",
    "A change behind the position moves no page edge, and a change ahead of it is seen: nothing is counted by offset.",
    Effect.gen(function* () {
      const rest = yield* restAfter(
        ["id"],
        Effect.gen(function* () {
          yield* insert(table, [
            ["-5", moment(0), "behind"],
            ["15", moment(0), "behind"],
            ["55", moment(0), "ahead"],
          ])
          yield* remove(table, "70")
        }),
      )
      const expected = ["50 old", "55 ahead", "60 old", "80 old", "90 old", "100 old", "110 old"]
      yield* same(rest, expected, "The rest, after rows were inserted and deleted on both sides.")
    }),
  ),

  check(
    "rows change between two pages",
    "A page shows the rows as they are when it is asked for. Nothing is read ahead of that, and nothing is kept from one page to the next.",
    Effect.gen(function* () {
      const rest = yield* restAfter(
        ["id"],
        Effect.andThen(update(table, "50", { v: "new" }), update(table, "10", { v: "new" })),
      )
      yield* same(rest, ["50 new", ...unread.slice(1)], "The rest, after one row of it was changed.")
    }),
  ),

  check(
    "a row's cursor moves on",
    "A row whose cursor moved past the position is read again where it now stands.",
    Effect.gen(function* () {
      const rest = yield* restAfter(["at", "id"], update(table, "20", { v: "moved", at: moment(1000) }))
      yield* same(rest, [...unread, "20 moved"], "The rest in the order of (at, id).")
    }),
  ),
]
