import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, positionAt, pull, simple } from "../plans.ts"
import { range } from "../internal/samples.ts"
import { type Bench, bench, type SinkSubject } from "../internal/sinkSubject.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("rejects", docs.rejects)

const countRejects = ({ ask }: Bench) =>
  Effect.map(
    ask((sink) => sink.states),
    ([state]) => state?.rejects,
  )

export const rejects = [
  check(
    "rows that the caller sets aside",
    "A row that a batch sets aside is noted with its key, column and reason until a row of its key is stored. To set it aside again is no second one.",
    Effect.gen(function* () {
      const made = yield* bench
      const reject = { key: ["7"], column: "name", reason: "it does not fit" }
      const batch = batchOf([["1", "one"]], { rejects: [reject] })
      const counts = yield* made.use(pull(simple, batch))
      yield* same(counts, { written: 1, deleted: 0, rejected: 1 }, "What the batch changes.")
      yield* made.use(pull(simple, batch))
      yield* same(yield* countRejects(made), 1, "How many rows are set aside after the second time.")
      yield* made.use(pull(simple, batchOf([["7", "mended"]])))
      yield* same(yield* countRejects(made), 0, "How many are, once a row of that key is stored.")
    }),
  ),

  check(
    "rows that the store refuses",
    "A row that the store refuses for what is in it, such as a constraint that somebody added, is found and set aside alone; all others of the batch are stored, and the position moves on.",
    Effect.gen(function* () {
      const made = yield* bench
      const constrain = yield* offered(made.store.constrain)
      yield* made.use(pull(simple, batchOf([["0", "name 0"]])))
      yield* Effect.promise(() => constrain(simple, "name"))
      const rows = range(40).map((n) => [String(n), n === 23 ? "name 7" : `name ${n}`])
      const counts = yield* made.use(pull(simple, batchOf(rows)))
      yield* same(counts, { written: 38, deleted: 0, rejected: 1 }, "What the batch changes.")
      yield* holds(
        made,
        simple,
        rows.filter(([id]) => id !== "23"),
        "The other rows of the batch.",
      )
      yield* same(yield* storedPosition(made, simple), positionAt(["39"]), "The position after it.")
      yield* same(yield* countRejects(made), 1, "How many rows are set aside.")
    }),
  ),
]
