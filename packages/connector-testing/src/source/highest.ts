import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns, insert } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { moment, shuffled } from "../internal/samples.ts"
import { columnOf, type Subject } from "../internal/subject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("highest", docs.highest)

const table = {
  name: "kit_highest",
  columns: columns({ id: "integer", at: "timestamptz?", n: "integer?" }),
  key: ["id"],
}
const stored = shuffled([
  ["-9223372036854775808", moment(7), "9"],
  ["1", moment(9), "10"],
  ["2", moment(8), null],
  ["9007199254740993", null, "-5"],
])

export const highest = [
  check(
    "the highest value",
    "highest gives the last value of a column in the order of its type, NULL aside, among the rows that meet where; null where there is none.",
    reading(
      table,
      [],
      Effect.fnUntraced(function* (found) {
        const source = yield* Source
        const [id, at, n] = yield* Effect.all(["id", "at", "n"].map((name) => columnOf(found, name)))
        if (id === undefined || at === undefined || n === undefined) return
        yield* same(yield* source.highest(found, at, []), null, "The highest time of an empty table.")
        yield* insert(table, stored)
        yield* same(yield* source.highest(found, at, []), moment(9), "The highest time, to the microsecond.")
        yield* same(yield* source.highest(found, id, []), "9007199254740993", "The highest id, to the last digit.")
        yield* same(yield* source.highest(found, n, []), "10", "The highest of 9, 10 and -5, as numbers.")
        const below = [{ column: "at", op: "lt", value: moment(9) } as const]
        yield* same(yield* source.highest(found, n, below), "9", "The highest n before the latest time.")
        const none = [{ column: "at", op: "isNull" } as const]
        yield* same(yield* source.highest(found, at, none), null, "The highest time where there is none.")
      }),
    ),
  ),
]
