import type { Filter } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { columns } from "../internal/made.ts"
import { reading } from "../internal/reading.ts"
import { moment, shuffled } from "../internal/samples.ts"
import type { Subject } from "../internal/subject.ts"
import { walk } from "../internal/walk.ts"
import { docs } from "./docs.ts"

const check = makeTopic<Subject>("filters", docs.filters)

const table = {
  name: "kit_filtered",
  columns: columns({ id: "integer", n: "integer?", t: "text?", at: "timestamptz?" }),
  key: ["id"],
}

const rows = [
  ["1", "-10", "ten", moment(1)],
  ["2", "9", "nine", moment(2)],
  ["3", "10", "ten", moment(3)],
  ["4", "9007199254740993", "a,b", moment(1_000_001)],
  ["5", null, null, null],
  ["6", "0", "", moment(2)],
]

/** Conditions, and the ids of the rows that meet them. */
const cases: ReadonlyArray<readonly [where: ReadonlyArray<Filter>, ids: string]> = [
  [[{ column: "n", op: "eq", value: "9007199254740993" }], "4"],
  [[{ column: "n", op: "eq", value: "9007199254740992" }], ""],
  [[{ column: "n", op: "neq", value: "9" }], "1 3 4 6"],
  [[{ column: "n", op: "lt", value: "9" }], "1 6"],
  [[{ column: "n", op: "lte", value: "9" }], "1 2 6"],
  [[{ column: "n", op: "gt", value: "9" }], "3 4"],
  [[{ column: "n", op: "gte", value: "9" }], "2 3 4"],
  [[{ column: "t", op: "eq", value: "ten" }], "1 3"],
  [[{ column: "t", op: "eq", value: "" }], "6"],
  [[{ column: "t", op: "neq", value: "ten" }], "2 4 6"],
  [[{ column: "t", op: "in", values: ["ten", "a,b", "none"] }], "1 3 4"],
  [[{ column: "n", op: "in", values: ["9"] }], "2"],
  [[{ column: "at", op: "eq", value: moment(2) }], "2 6"],
  [[{ column: "at", op: "gt", value: moment(2) }], "3 4"],
  [[{ column: "at", op: "gte", value: moment(2) }], "2 3 4 6"],
  [[{ column: "at", op: "lte", value: moment(2) }], "1 2 6"],
  [[{ column: "n", op: "isNull" }], "5"],
  [[{ column: "t", op: "isNotNull" }], "1 2 3 4 6"],
  [
    [
      { column: "t", op: "eq", value: "ten" },
      { column: "n", op: "gt", value: "0" },
      { column: "n", op: "isNotNull" },
    ],
    "3",
  ],
]

export const filters = [
  check(
    "every operator",
    "A row is read where it meets all conditions, each compared as its column's type is. NULL meets none but isNull, not even neq.",
    reading(
      table,
      shuffled(rows),
      Effect.fnUntraced(function* (found) {
        for (const [where, ids] of cases) {
          for (const limit of [1, 1000]) {
            const read = yield* walk({ table: found, where, limit })
            yield* same(read.rows.map(([id]) => id).join(" "), ids, `Rows that meet ${JSON.stringify(where)}.`)
          }
        }
      }),
    ),
  ),
]
