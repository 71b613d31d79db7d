import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, begin, planColumn, planOf, positionAt, pull, simple } from "../plans.ts"
import { range } from "../internal/samples.ts"
import { bench, SinkSubject } from "../internal/sinkSubject.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("limits", docs.limits)

export const limits = [
  check(
    "wide rows",
    "A batch of any size is applied, cut in pieces where the store needs it, and so is a row of a megabyte.",
    Effect.gen(function* () {
      const rows = [
        ...range(30).map((n) => [String(n), "é".repeat(50_000)]),
        ["30", "\u{1F600}".repeat(250_000)],
        ["31", '"'.repeat(300_000)],
      ]
      const made = yield* bench
      const counts = yield* made.use(pull(simple, batchOf(rows)))
      yield* same(counts, { written: rows.length, deleted: 0, rejected: 0 }, "What the batch changes.")
      yield* holds(made, simple, rows, "The rows of the batch.")
      yield* same(yield* storedPosition(made, simple), positionAt(["31"]), "The position after it.")
    }),
  ),

  check(
    "large values",
    "A value of more than a megabyte is stored as it is and compared, however many bytes it takes on the way: bytes, quotes and control characters among them.",
    Effect.gen(function* () {
      const plan = planOf({ id: "integer", text: "text", bytes: "blob", more: "unsigned" })
      const rows = [
        ["1", '"'.repeat(1_100_000), null, "18446744073709551615"],
        ["2", "\u0001\u001f".repeat(200_000), "", "7"],
        ["3", null, "00ff5c".repeat(366_700), "9223372036854775807"],
        ["4", `${"\\".repeat(500_000)}\u{1F600}${"é".repeat(300_000)}`, "0022".repeat(50_000), null],
        ["5", "", "00".repeat(1_900_000), "0"],
        ["6", "small", "00", "1"],
      ]
      const made = yield* bench
      const counts = yield* made.use(pull(plan, batchOf(rows)))
      yield* same(counts, { written: rows.length, deleted: 0, rejected: 0 }, "What the batch changes.")
      yield* holds(made, plan, rows, "The rows of the batch.")
      const again = yield* made.use(pull(plan, batchOf(rows)))
      yield* same(again, { written: 0, deleted: 0, rejected: 0 }, "What it changes once more.")
      const run = yield* made.use(begin(plan))
      yield* same(yield* made.use(run.replica.compare(rows)), [], "What differs from the same rows.")
      const others = rows
        .slice(0, 5)
        .map(([id = null, text = null, , more = null]) => [id, `${text ?? ""}.`, "ff", more])
      yield* same(
        (yield* made.use(run.replica.compare(others))).map(({ kind, key }) => `${kind} ${key.join(",")}`),
        ["1", "2", "3", "4", "5"].map((id) => `differs ${id}`),
        "What differs from other ones.",
      )
    }),
  ),

  check(
    "a row that is too large",
    "A row that the store cannot hold is set aside and counted, and stops no other row.",
    Effect.gen(function* () {
      const bytes = yield* offered((yield* SinkSubject).tooLarge)
      const small = ["1", "2", "4", "5"].map((id) => [id, `small ${id}`])
      const rows = [...small.slice(0, 2), ["3", "x".repeat(bytes)], ...small.slice(2)]
      const made = yield* bench
      const counts = yield* made.use(pull(simple, batchOf(rows)))
      yield* same(counts, { written: 4, deleted: 0, rejected: 1 }, "What the batch changes.")
      yield* holds(made, simple, small, "The other rows of the batch.")
      yield* same(yield* storedPosition(made, simple), positionAt(["5"]), "The position after it.")
      const [state] = yield* made.ask((sink) => sink.states)
      yield* same(state?.rejects, 1, "How many rows the table's state says are set aside.")
      const run = yield* made.use(begin(simple))
      const keys = [["2"], ["3"], ["9"]]
      yield* same(yield* made.use(run.replica.setAside(keys)), [["3"]], "The keys that were set aside.")
      yield* same(yield* made.use(run.replica.compare(rows)), [{ key: ["3"], kind: "missing" }], "What differs.")
    }),
  ),

  check(
    "as many columns as there may be",
    "A table with as many columns as the store allows is made, filled, changed and compared.",
    Effect.gen(function* () {
      const { maxColumns } = yield* SinkSubject
      const names = range(Math.min(maxColumns, 100)).map((n) => `c${n}`)
      const plan = planOf(names.map((name, n) => planColumn(name, n === 0 ? "integer" : "text")))
      const row = (id: string) => names.map((name, n) => (n === 0 ? id : `${name} of ${id}`))
      const made = yield* bench
      yield* made.use(pull(plan, batchOf([row("1"), row("2")])))
      const changed = [...row("2").slice(0, -1), "changed"]
      const counts = yield* made.use(pull(plan, batchOf([row("1"), changed])))
      yield* same(counts, { written: 1, deleted: 0, rejected: 0 }, "What a change of the last column changes.")
      yield* holds(made, plan, [row("1"), changed], "The rows after it.")
      const run = yield* made.use(begin(plan))
      yield* same(
        yield* made.use(run.replica.compare([row("1"), row("2"), row("3")])),
        [
          { key: ["2"], kind: "differs" },
          { key: ["3"], kind: "missing" },
        ],
        "What differs from other rows.",
      )
    }),
  ),
]
