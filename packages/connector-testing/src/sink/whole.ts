import { type Batch, type Plan, type Position, type Row, Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { makeTopic } from "../internal/check.ts"
import { same, sameSet, that } from "../internal/expect.ts"
import { failsWith } from "../internal/failures.ts"
import { countSteps, failingAt } from "../internal/faults.ts"
import { range } from "../internal/samples.ts"
import { type Bench, bench, leaseMillis, present, type SinkSubject } from "../internal/sinkSubject.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { begin, finished, planColumn, planOf } from "../plans.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("whole", docs.whole)

const most = { rows: 1000, bytes: 1_000_000 }
const plan: Plan = planOf({ id: "integer", name: "text" }, { key: [], whole: most })

const filling: Position = { version: 1, sweep: "whole", after: null, trail: null, startedAt: 1, began: null }
const filled: Position = { ...filling, startedAt: 0, whole: { rows: 6, given: 6, digest: "1" } }

const batch = (rows: ReadonlyArray<Row>, more: Partial<Batch> = {}): Batch => ({
  rows,
  rejects: [],
  deletes: [],
  position: filling,
  save: true,
  ...more,
})

const pages: ReadonlyArray<ReadonlyArray<Row>> = [
  [
    ["1", "a"],
    ["1", "a"],
    [null, null],
  ],
  [
    ["1", "a"],
    [null, null],
    ["2", null],
  ],
]
const all = pages.flat()

/** A run that builds the replica anew. */
const building = Effect.gen(function* () {
  const run = yield* begin(plan, { claim: false })
  return run.swap === undefined ? yield* run.renew({ refresh: true }) : run
})

/** Builds the replica out of pages and puts it in its place. */
const build = (of: ReadonlyArray<ReadonlyArray<Row>>, more: Partial<Batch> = {}) =>
  Effect.gen(function* () {
    const run = yield* building
    for (const [at, rows] of of.entries()) yield* run.apply(batch(rows, at === 0 ? more : {}))
    yield* run.apply(batch([], { position: filled }))
    const count = yield* run.countFilled
    if (run.swap !== undefined) yield* run.swap
    return { count, counts: yield* run.finish(finished) }
  })

const rejectsOf = ({ ask }: Bench) =>
  Effect.map(
    ask((sink) => sink.states),
    ([state]) => state?.rejects,
  )

export const whole = [
  check(
    "rows of a table without a key",
    "A replica without a key has each row as often as it came, of one batch or of several. It is built beside the one that readers see, which has none of its rows before it takes that one's place; the position that was saved last goes with it.",
    Effect.gen(function* () {
      const made = yield* bench
      const { count, counts } = yield* made.use(build(pages))
      yield* same(count, all.length, "How many rows the replica was given.")
      yield* same(counts, { written: all.length, deleted: 0, rejected: 0 }, "What the run changed.")
      yield* holds(made, plan, all, "The replica.")
      yield* same(yield* storedPosition(made, plan), filled, "The position.")
      const run = yield* made.use(building)
      yield* made.use(run.apply(batch([["9", "new"]])))
      yield* holds(made, plan, all, "The replica while another one is built.")
    }),
  ),

  check(
    "a batch that is applied twice",
    "A batch that comes once more, because the answer to it was lost, adds its rows no second time, and the next batch adds its own.",
    Effect.gen(function* () {
      const [first = [], second = []] = pages
      const made = yield* bench
      const run = yield* made.use(building)
      const lost = yield* failingAt(made.store, 1, "after", made.use(run.apply(batch(first))))
      yield* that(Result.isFailure(lost), "The lost answer is no failure.")
      yield* made.use(run.apply(batch(first)))
      yield* made.use(run.apply(batch(second)))
      yield* same(yield* made.use(run.countFilled), all.length, "How many rows the replica was given.")
    }),
  ),

  check(
    "a run that is cut anywhere",
    "Whichever step's answer is lost, the replica holds what it held or all that the run brought; the next run begins anew and brings each row once.",
    Effect.gen(function* () {
      const old: ReadonlyArray<Row> = [["7", "old"]]
      const counting = yield* bench
      yield* counting.use(build([old]))
      const steps = yield* countSteps(counting.store, counting.use(build(pages)))
      // A step that does not happen is one before it whose answer was lost.
      for (const n of range(steps)) {
        const made = yield* bench
        yield* made.use(build([old]))
        yield* failingAt(made.store, n + 1, "after", made.use(build(pages)))
        const when = `The answer of step ${n + 1} of ${steps} was lost`
        const rows = yield* present(yield* Effect.promise(() => made.store.rows(plan)), `${when}: the replica is gone.`)
        yield* sameSet(rows, rows.length === old.length ? old : all, `${when}: what readers see.`)
        yield* made.wait(leaseMillis + 1)
        yield* made.use(build(pages))
        yield* holds(made, plan, all, `${when}: after the next run`)
      }
    }),
  ),

  check(
    "a run that another one overtook",
    "A run that stood still, until another one has taken the table and begun anew, adds nothing any more.",
    Effect.gen(function* () {
      const made = yield* bench
      const [first = []] = pages
      const stood = yield* made.use(building)
      yield* made.use(stood.apply(batch(first)))
      yield* made.wait(leaseMillis + 1)
      const taken = yield* made.use(building)
      yield* made.use(taken.apply(batch([["7", "new"]])))
      yield* failsWith("The run that stood still", ["lease-lost"], made.use(stood.apply(batch(first))))
      yield* same(yield* made.use(taken.countFilled), 1, "How many rows the new run's replica has.")
    }),
  ),

  check(
    "rows of it that are set aside",
    "Rows that are set aside are counted one by one, though nothing tells them apart, and counted anew by each run that builds the replica.",
    Effect.gen(function* () {
      const made = yield* bench
      const reject = { key: [], column: "name", reason: "it does not fit" }
      for (const rejects of [[reject, reject, reject], [reject]]) {
        const { counts } = yield* made.use(build(pages, { rejects }))
        yield* same(counts.rejected, rejects.length, "How many rows the run has set aside.")
        yield* same(yield* rejectsOf(made), rejects.length, "How many are noted.")
      }
      yield* holds(made, plan, all, "The other rows.")
    }),
  ),

  check(
    "reading it back",
    "rows gives the canonical texts of all rows, page by page, each as often as it is there.",
    Effect.gen(function* () {
      const made = yield* bench
      const wide = planOf(
        [
          planColumn("i", "integer"),
          planColumn("u", "unsigned"),
          planColumn("r", "real"),
          planColumn("b", "blob"),
          planColumn("t", "text"),
        ],
        { key: [], whole: most },
      )
      const row = ["-9223372036854775808", "18446744073709551615", "0.30000000000000004", "00ff", "\u{1F600}"]
      const rows: ReadonlyArray<Row> = [row, row, row.map(() => null), ["1", "7", "2", "", ""]]
      yield* made.use(
        Effect.gen(function* () {
          const begun = yield* begin(wide)
          const run = yield* begun.renew({ refresh: true })
          yield* run.apply(batch(rows))
          yield* run.apply(batch([], { position: filled }))
          if (run.swap !== undefined) yield* run.swap
          yield* run.finish(finished)
        }),
      )
      const run = yield* made.use(begin(wide, { claim: false }))
      for (const limit of [1, 3, 100]) {
        const read: Array<Row> = []
        let after: string | undefined
        do {
          const page = yield* made.use(run.replica.rows(after, limit))
          read.push(...page.rows)
          after = page.last
        } while (after !== undefined)
        const normal = read.map((one) =>
          one.map((value, at) => (at === 2 && value !== null ? String(Number(value)) : value)),
        )
        yield* sameSet(normal, rows, `In pages of ${limit} rows.`)
      }
      yield* made.use(Effect.flatMap(Sink, () => run.finish(finished)))
    }),
  ),
]
