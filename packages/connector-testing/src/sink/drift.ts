import { inReplica } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { makeTopic } from "../internal/check.ts"
import { same, that } from "../internal/expect.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, begin, finished, planColumn, planOf, positionAt, pull, simple } from "../plans.ts"
import { bench, present, type SinkSubject } from "../internal/sinkSubject.ts"
import { offered } from "../Without.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("refresh and drift", docs.drift)

const old = [["1", "one"]]
const wider = planOf({ id: "integer", name: "text", extra: "text" })
const renamed = planOf([
  { ...planColumn("id", "integer"), into: "no" },
  { ...planColumn("name", "text"), into: "Label" },
])
const masked = (last: number) =>
  planOf([planColumn("id", "integer"), { ...planColumn("count", "integer"), mask: { kind: "keep", last } }], {
    blank: [{ ...planColumn("name", "text"), mask: { kind: "redact" } }],
  })
const swapped = { version: 1, phase: "swap", startedAt: 1, rows: 300, suspects: 298, confirmed: false } as const
const unfinished = { ...finished, syncedAt: undefined, more: true }

export const drift = [
  check(
    "a refresh",
    "With refresh the replica is built anew beside the one that readers see, over as many runs as it takes, with a position of its own. Only its swap, which is offered in every such run, puts it in the old one's place.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf([...old, ["2", "two"]])))
      const first = yield* made.use(begin(simple, { refresh: true }))
      yield* same(first.stored.position, undefined, "The position of the new replica.")
      yield* made.use(first.apply(batchOf([["5", "five"]])))
      yield* made.use(first.finish(unfinished))
      yield* holds(made, simple, [...old, ["2", "two"]], "What readers see while the new replica is built.")
      const [state] = yield* made.ask((sink) => sink.states)
      yield* same(state?.rebuilding, true, "Whether the table's state says so.")
      const second = yield* made.use(begin(simple))
      yield* same(second.stored.position, positionAt(["5"]), "The position from which the next run goes on.")
      const stopped = { ...swapped, after: null }
      const noted = batchOf([["6", "six"]], { reconciliation: { state: stopped } })
      yield* made.use(second.apply(noted))
      yield* same(yield* made.use(second.countFilled), 2, "How many rows the new replica has.")
      yield* made.use(second.finish(unfinished))
      yield* same(yield* made.ask((sink) => sink.confirm("items")), true, "Whether its swap can be confirmed.")
      const third = yield* made.use(begin(simple))
      yield* same(third.stored.reconciliation, { ...stopped, confirmed: true }, "What the guard has stopped.")
      yield* made.use(yield* present(third.swap, "The run that completes the new replica offers no swap."))
      yield* made.use(third.finish(finished))
      const rows = [
        ["5", "five"],
        ["6", "six"],
      ]
      yield* holds(made, simple, rows, "What readers see after the swap.")
      yield* same(yield* storedPosition(made, simple), positionAt(["6"]), "The position after it.")
      const fourth = yield* made.use(begin(simple))
      yield* same(fourth.swap, undefined, "The swap of a run that builds nothing anew.")
      yield* same(fourth.stored.reconciliation, undefined, "What the guard has stopped, after the swap.")
      yield* made.use(fourth.apply(batchOf([["7", "seven"]])))
      yield* holds(made, simple, [...rows, ["7", "seven"]], "What readers see of the run after the swap.")
    }),
  ),

  check(
    "columns that come and go",
    'With drift "follow", a plan of other columns builds the replica anew; readers see the old one until it is complete.',
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(old)))
      const run = yield* made.use(begin(wider))
      yield* same(run.stored.position, undefined, "The position of the new replica.")
      yield* made.use(run.apply(batchOf([["1", "one", "more"]])))
      yield* holds(made, simple, old, "What readers see while it is built.")
      yield* made.use(yield* present(run.swap, "The run offers no swap."))
      yield* made.use(run.finish(finished))
      yield* holds(made, wider, [["1", "one", "more"]], "What readers see after the swap.")
      const [state] = yield* made.ask((sink) => sink.states)
      yield* that((state?.drift?.changes.length ?? 0) > 0, "The table's state does not say what changed.")
    }),
  ),

  check(
    "columns that must not change",
    'With drift "freeze" a run keeps to the columns that the replica has, where the source still has them; with "fail", or where it has not, the run is refused with schema-changed. A refresh takes the change.',
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(old)))
      const frozen = yield* made.use(begin({ ...wider, drift: "freeze" }))
      yield* same(
        frozen.plan.columns.map(({ name }) => name),
        ["id", "name"],
        "The columns to pull by.",
      )
      yield* same(frozen.stored.position, positionAt(["1"]), "The position, which stays.")
      yield* made.use(frozen.apply(batchOf([["2", "two"]])))
      yield* made.use(frozen.finish(finished))
      yield* holds(made, simple, [...old, ["2", "two"]], "What readers see.")
      const narrower = planOf({ id: "integer" }, { drift: "freeze" })
      yield* made.fails("A frozen table that has lost a column", "schema-changed", begin(narrower))
      const failing = { ...wider, drift: "fail" as const }
      yield* made.fails("A table whose drift is to fail", "schema-changed", begin(failing))
      yield* holds(made, simple, [...old, ["2", "two"]], "What readers see after that.")
      const refreshed = yield* made.use(begin(failing, { refresh: true }))
      yield* present(refreshed.swap, "A refresh of a table whose columns changed builds nothing anew.")
    }),
  ),

  check(
    "columns by other names",
    "A column is called in the replica as the plan says, in the key too, and the run's plan has it by its name at the source. Another name builds the replica anew.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(renamed, batchOf(old)))
      yield* holds(made, inReplica(renamed), old, "What readers see by the new names.")
      const run = yield* made.use(begin(renamed))
      yield* same(
        run.plan.columns.map(({ name }) => name),
        ["id", "name"],
        "The columns to pull by.",
      )
      yield* same(run.stored.position, positionAt(["1"]), "The position, which stays.")
      yield* made.use(run.apply(batchOf([["2", "two"]])))
      const { replica } = run
      yield* same(yield* made.use(replica.keys(undefined, 9)), [["1"], ["2"]], "The keys of the replica.")
      yield* same(yield* made.use(replica.present([["2"], ["3"]])), [["2"]], "The ones of some keys that it has.")
      const found = yield* made.use(
        replica.compare([
          ["1", "one"],
          ["2", "other"],
        ]),
      )
      yield* same(found, [{ key: ["2"], kind: "differs" }], "The rows that differ.")
      yield* made.use(run.apply(batchOf([], { deletes: [["2"]] })))
      yield* made.use(run.finish(finished))
      yield* holds(made, inReplica(renamed), old, "What readers see after a deletion.")
      const anew = yield* made.use(begin(simple))
      yield* same(anew.stored.position, undefined, "The position once the columns have their own names again.")
      yield* made.use(yield* present(anew.swap, "Other names build nothing anew."))
    }),
  ),

  check(
    "masked columns",
    "A batch has what masks leave of values, and the columns that are not read after those that are. Another mask builds the replica anew.",
    Effect.gen(function* () {
      const made = yield* bench
      const plan = masked(2)
      const rows = [["1", "****ne", "redacted"]]
      yield* made.use(pull(plan, batchOf(rows)))
      yield* holds(made, inReplica(plan), rows, "What readers see.")
      const run = yield* made.use(begin(plan))
      yield* same(run.stored.position, positionAt(["1"]), "The position, which stays.")
      yield* same(yield* made.use(run.replica.compare(rows)), [], "The rows that differ.")
      yield* made.use(run.finish(finished))
      const anew = yield* made.use(begin(masked(3)))
      yield* same(anew.stored.position, undefined, "The position under another mask.")
      yield* made.use(yield* present(anew.swap, "Another mask builds nothing anew."))
    }),
  ),

  check(
    "another cursor",
    "Where the plan's cursor is another one, the position does not fit any more: the next run begins anew.",
    Effect.gen(function* () {
      const made = yield* bench
      yield* made.use(pull(simple, batchOf(old)))
      const run = yield* made.use(begin({ ...simple, cursor: planColumn("name", "text") }))
      yield* same(run.stored.position, undefined, "The position of the next run.")
    }),
  ),

  check(
    "a table of somebody else's",
    "A table that the sink did not make is never touched: table-not-ours. With adopt it is taken over, rows and all, where it can hold the plan's rows exactly.",
    Effect.gen(function* () {
      const made = yield* bench
      const makeForeign = yield* offered(made.store.makeForeign)
      yield* Effect.promise(() => makeForeign(simple, ["5", "mine"]))
      for (const claim of [true, false]) {
        yield* made.fails("A run into it", "table-not-ours", begin(simple, { claim }))
      }
      yield* holds(made, simple, [["5", "mine"]], "Its rows after that.")
      yield* made.use(pull({ ...simple, adopt: true }, batchOf([["6", "new"]])))
      yield* holds(
        made,
        simple,
        [
          ["5", "mine"],
          ["6", "new"],
        ],
        "Its rows once it is adopted.",
      )
      yield* Effect.promise(() => makeForeign({ ...simple, into: "narrow" }, ["5", "mine"]))
      const more = { ...wider, into: "narrow", adopt: true }
      yield* made.fails("The adoption of a table that lacks a column", "table-not-ours", begin(more))
    }),
  ),
]
