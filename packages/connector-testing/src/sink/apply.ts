import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same } from "../internal/expect.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, begin, finished, planOf, positionAt, pull, simple } from "../plans.ts"
import { range } from "../internal/samples.ts"
import { bench, type SinkSubject, writingNothing } from "../internal/sinkSubject.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("apply", docs.apply)

const rowsOf = (count: number) => range(count).map((n) => [String(n), `name ${n}`])
const nothing = { written: 0, deleted: 0, rejected: 0 }

export const apply = [
  check(
    "rows come, change and go",
    "A batch inserts rows, updates those in which a value differs and deletes the keys that it names. finish counts what has changed: no row that was equal already, and no key that was not there.",
    Effect.gen(function* () {
      const made = yield* bench
      const first = yield* made.use(pull(simple, batchOf(rowsOf(10))))
      yield* same(first, { ...nothing, written: 10 }, "What the first ten rows change.")
      const changed = [
        ["3", "changed"],
        ["4", null],
        ["5", "name 5"],
        ["10", "new"],
      ]
      const second = yield* made.use(
        pull(simple, [
          batchOf(changed),
          batchOf([], { deletes: [["0"], ["7"], ["99"]], position: positionAt(["10"]) }),
        ]),
      )
      yield* same(second, { written: 3, deleted: 2, rejected: 0 }, "What the next rows change.")
      const left = rowsOf(10).filter(([id]) => id !== "0" && id !== "7" && id !== "3" && id !== "4")
      yield* holds(made, simple, [...left, ["3", "changed"], ["4", null], ["10", "new"]], "The rows after that.")
    }),
  ),

  check(
    "the position",
    "The position of the last batch is stored with it and given to the next run, character by character.",
    Effect.gen(function* () {
      const made = yield* bench
      const before = yield* made.use(begin(simple))
      yield* same(before.stored.position, undefined, "The position of a table that was never pulled.")
      const position = {
        ...positionAt(["9007199254740993", "'\"\u{1F600}", ""]),
        sweep: "tail" as const,
        trail: { high: "2024-01-01T00:00:00.123456Z", marks: [{ from: null, next: "7" }], open: ["5"] },
        began: { next: "9", open: ["5", "8"] },
      }
      yield* made.use(before.apply(batchOf(rowsOf(2), { position })))
      yield* made.use(before.finish(finished))
      const after = yield* made.use(begin(simple))
      yield* same(after.stored.position, position, "The position that the next run is given.")
    }),
  ),

  check(
    "the same batch twice",
    "A batch that is applied again changes nothing, and rows that are equal already cost no write.",
    Effect.gen(function* () {
      const made = yield* bench
      const batch = batchOf(rowsOf(100), { deletes: [["1000"]] })
      yield* made.use(pull(simple, batch))
      const counts = yield* made.use(pull(simple, batch))
      yield* same(counts, nothing, "What the same batch changes.")
      yield* holds(made, simple, rowsOf(100), "The rows after it.")
      const run = yield* made.use(begin(simple))
      yield* made.use(run.apply(batchOf(rowsOf(100))))
      yield* writingNothing(
        made,
        "The same rows, by a run that holds the table",
        made.use(run.apply(batchOf(rowsOf(100)))),
      )
    }),
  ),

  check(
    "a run that finds nothing",
    "A run without a claim that finds nothing to change costs no write at all.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(rowsOf(20))))
      const counts = yield* writingNothing(
        made,
        "A run that reads what is there already",
        made.use(pull(simple, batchOf(rowsOf(20)), { claim: false })),
      )
      yield* same(counts, nothing, "What it changes.")
    }),
  ),

  check(
    "a position that needs no write of its own",
    "With save: false a position alone is not worth a write; the next change brings it.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(rowsOf(3))))
      const run = yield* made.use(begin(simple, { claim: false }))
      const moved = batchOf(rowsOf(3), { position: positionAt(["5"]), save: false })
      yield* writingNothing(made, "A page without a change", made.use(run.apply(moved)))
      yield* made.use(run.apply(batchOf([["6", "six"]], { save: false })))
      yield* made.use(run.finish(finished))
      yield* same(yield* storedPosition(made, simple), positionAt(["6"]), "The position after a page with a change.")
    }),
  ),

  check(
    "keys of every kind",
    "Rows are told apart by the whole key and by its exact values, whatever their types.",
    Effect.gen(function* () {
      const plan = planOf(
        { a: "text", b: "integer", c: "blob", d: "unsigned", e: "timestamptz", v: "text" },
        { key: ["c", "a", "b", "d", "e"] },
      )
      const at = "2024-01-01T00:00:00.000001Z"
      const rows = ["a", "A", "", "ä"].flatMap((a) =>
        ["-1", "9007199254740993"].flatMap((b) =>
          ["", "00"].map((c) => [a, b, c, "18446744073709551615", at, `${a}${b}${c}`]),
        ),
      )
      const made = yield* bench
      yield* made.use(pull(plan, batchOf(rows)))
      yield* holds(made, plan, rows, "Rows that differ in one value of their key alone.")
      const [, gone, ...left] = rows
      const [a = "", b = "", c = "", d = "", e = ""] = gone ?? []
      const counts = yield* made.use(
        pull(
          plan,
          batchOf([], {
            deletes: [
              [c, a, b, d, e],
              [c, a, b, d, "2024-01-01T00:00:00.000002Z"],
            ],
          }),
        ),
      )
      yield* same(counts, { ...nothing, deleted: 1 }, "What two keys delete, of which one is there.")
      yield* holds(made, plan, [rows[0] ?? [], ...left], "The rows after that.")
    }),
  ),
]
