import type { Row } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { NewTable } from "../Tables.ts"
import { columns, insert, made, remove, update } from "./made.ts"
import { range, shuffled } from "./samples.ts"
import { now } from "./since.ts"

/** The table of which is told what was written since. */
export const kit: NewTable = {
  name: "kit_written",
  columns: columns({ id: "integer", n: "integer?", v: "text" }),
  key: ["id"],
}
/** What the table begins with. */
export const old = range(20).map((n): Row => [String(n), n % 5 === 0 ? null : String(n % 4), "old"])
/** What was written since the moment that {@link changed} gives, as it is now. */
export const written: ReadonlyArray<Row> = [
  ["2", "7", "new"],
  ["3", "3", "new"],
  ["8", "0", "newer"],
  ["10", "1", "old"],
  ["13", null, "new"],
  ["20", "1", "new"],
  ["21", null, "new"],
  ["22", "1", "newer"],
  ["60", "2", "moved"],
]

/** Fills the table and changes it after a moment, in many transactions; gives the moment. */
export const changed = Effect.gen(function* () {
  yield* made(kit, shuffled(old))
  const moment = yield* now(kit)
  yield* insert(kit, [["20", "1", "new"]])
  yield* update(kit, "3", { v: "new" })
  yield* update(kit, "8", { v: "new" })
  yield* update(kit, "2", { n: "7", v: "new" })
  yield* insert(kit, [
    ["22", "1", "new"],
    ["21", null, "new"],
    ["30", "1", "new"],
  ])
  yield* update(kit, "8", { v: "newer" })
  yield* update(kit, "13", { n: null, v: "new" })
  yield* update(kit, "10", { n: "1" })
  yield* update(kit, "14", { id: "60", v: "moved" })
  yield* update(kit, "22", { v: "newer" })
  // Nobody need see that these were written.
  yield* update(kit, "4", { v: "old" })
  yield* remove(kit, "30")
  yield* remove(kit, "5")
  return moment
})

const isOther = new Set(["5", "14", ...written.map(([id]) => id)])
export const byId = (a: Row, b: Row) => Number(a[0]) - Number(b[0])
/** All that there is then, in the order of the key. */
export const all = [...old.filter(([id = null]) => !isOther.has(id)), ...written].toSorted(byId)
