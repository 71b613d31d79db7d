import type { Batch, ConnectorError, Plan, Row, Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isDeepStrictEqual } from "node:util"
import { makeTopic } from "../internal/check.ts"
import { broken, type Finding, same, that } from "../internal/expect.ts"
import { countSteps, failingAt, isRetryable, type Loss } from "../internal/faults.ts"
import { holds, storedPosition } from "../internal/stored.ts"
import { batchOf, begin, finished, planOf, positionAt, pull, simple } from "../plans.ts"
import { range } from "../internal/samples.ts"
import { type Bench, bench, leaseMillis, present, type SinkSubject } from "../internal/sinkSubject.ts"
import { shorten } from "../internal/walk.ts"
import { docs } from "./docs.ts"

const check = makeTopic<SinkSubject>("atomicity", docs.atomicity)

/** The batches of a run, and what the replica holds after each. */
interface Scenario {
  readonly plan: Plan
  /** What was there before, where something was. */
  readonly prepare: Effect.Effect<unknown, ConnectorError, Sink>
  readonly before: ReadonlyArray<Row>
  readonly steps: ReadonlyArray<{ readonly batch: Batch; readonly rows: ReadonlyArray<Row> }>
}

const old = [
  ["1", "one"],
  ["2", "two"],
  ["3", "three"],
]
const grown = [
  ["1", "changed"],
  ["3", "three"],
  ["4", "four"],
  ["5", "five"],
]
const final = [...grown.slice(0, 2), ...grown.slice(3), ["6", "six"]]

const steps: Scenario["steps"] = [
  {
    batch: batchOf(
      [
        ["1", "changed"],
        ["4", "four"],
        ["5", "five"],
      ],
      { deletes: [["2"]] },
    ),
    rows: grown,
  },
  { batch: batchOf([["6", "six"]], { deletes: [["4"]] }), rows: final },
]

const goingOn: Scenario = { plan: simple, prepare: pull(simple, batchOf(old)), before: old, steps }

const firstLoad: Scenario = {
  plan: planOf({ id: "integer", name: "text" }, { into: "fresh" }),
  prepare: Effect.void,
  before: [],
  steps: [
    { batch: batchOf(old), rows: old },
    { batch: batchOf([["4", "four"]]), rows: [...old, ["4", "four"]] },
  ],
}

/** The run as core runs it: what fails ends it, and is noted where that can be. */
const runOf = ({ plan, steps: all }: Scenario) =>
  Effect.gen(function* () {
    const run = yield* begin(plan)
    let applied = 0
    const body = Effect.gen(function* () {
      for (const { batch } of all) {
        yield* run.apply(batch)
        applied += 1
      }
    })
    const result = yield* Effect.result(body)
    if (Result.isFailure(result)) {
      const error = result.failure.describe()
      yield* Effect.ignore(run.finish({ ...finished, syncedAt: undefined, error, retry: { at: 1 } }))
      return { applied, error: result.failure }
    }
    const end = yield* Effect.result(run.finish(finished))
    return { applied, error: Result.isFailure(end) ? end.failure : undefined }
  })

/** What the replica holds after so many batches, with the position that goes with it. */
const stateAfter = ({ before, steps: all }: Scenario, applied: number) => {
  const step = all[applied - 1]
  return step === undefined ? { rows: before, position: undefined } : { rows: step.rows, position: step.batch.position }
}

const attempt = Effect.fnUntraced(function* (scenario: Scenario, n: number, loss: Loss) {
  const made = yield* bench
  const { store, use, wait } = made
  const { plan } = scenario
  yield* use(scenario.prepare)
  const from = yield* storedPosition(made, plan)
  const when = `${loss === "before" ? "Step" : "The answer of step"} ${n} was lost`
  const result = yield* failingAt(store, n, loss, use(runOf(scenario)))
  const error = Result.isFailure(result) ? result.failure : result.success.error
  const applied = Result.isFailure(result) ? 0 : result.success.applied
  yield* that(
    error === undefined || isRetryable(error),
    `${when}: the run failed with ${String(error)}, which nobody would retry.`,
  )

  // What was applied is there. Of the batch that failed all or nothing is, and only where its answer was lost.
  const possible = loss === "after" && error !== undefined ? [applied, applied + 1] : [applied]
  const rows = sorted((yield* Effect.promise(() => store.rows(plan))) ?? [])
  const position = (yield* storedPosition(made, plan)) ?? undefined
  const found = JSON.stringify({ rows, position })
  const expected = possible.map((count) => {
    const state = stateAfter(scenario, count)
    return JSON.stringify({ rows: sorted(state.rows), position: state.position ?? from })
  })
  if (!expected.includes(found)) {
    return yield* broken(
      `${when}, after ${applied} batches. The replica then holds ${shorten(found)}, and must hold ${expected.map(shorten).join(", or ")}.`,
    )
  }

  yield* wait(leaseMillis + 1)
  const again = yield* use(runOf(scenario))
  yield* same(again.error, undefined, `${when}: how the next run ends, once the lease has passed.`)
  const end = stateAfter(scenario, scenario.steps.length)
  yield* same(
    sorted((yield* Effect.promise(() => store.rows(plan))) ?? []),
    sorted(end.rows),
    `${when}: the rows of the next run.`,
  )
  yield* same(yield* storedPosition(made, plan), end.position, `${when}: the position of the next run.`)
})

const sorted = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> =>
  rows.toSorted(([a], [b]) => Number(a ?? "") - Number(b ?? ""))

/** Tries a scenario with every one of its steps lost in turn. */
const everyStep = (scenario: Scenario, loss: Loss): Effect.Effect<void, Finding | ConnectorError, SinkSubject> =>
  Effect.scoped(
    Effect.gen(function* () {
      const made: Bench = yield* bench
      yield* made.use(scenario.prepare)
      const count = yield* countSteps(made.store, made.use(runOf(scenario)))
      yield* that(count >= scenario.steps.length, `The sink took ${count} steps: the harness does not watch them.`)
      for (let n = 1; n <= count; n++) yield* Effect.scoped(attempt(scenario, n, loss))
    }),
  )

const wide = range(4).map((n) => [String(n + 10), "x".repeat(400_000)])

/** Loses the n-th step in which a wide batch is applied; false where there are fewer. */
const cutShort = Effect.fnUntraced(function* (n: number, loss: Loss) {
  const made = yield* bench
  const { store, use, wait } = made
  const batch = batchOf(wide)
  yield* use(pull(simple, batchOf(old)))
  const run = yield* use(begin(simple))
  const result = yield* failingAt(store, n, loss, use(run.apply(batch)))
  const isWhole = isDeepStrictEqual(yield* storedPosition(made, simple), batch.position)
  const when = `${loss === "before" ? "Step" : "The answer of step"} ${n} was lost`
  if (isWhole) yield* holds(made, simple, [...old, ...wide], `${when}: the rows, whose position is saved.`)
  else yield* same(yield* storedPosition(made, simple), positionAt(["3"]), `${when}: the position, which stays.`)
  yield* wait(leaseMillis + 1)
  yield* use(pull(simple, batch))
  yield* holds(made, simple, [...old, ...wide], `${when}: the rows of the next run.`)
  yield* same(yield* storedPosition(made, simple), batch.position, `${when}: the position of the next run.`)
  return Result.isFailure(result)
})

const promise =
  "A batch is applied as a whole, with its position, or not at all: whichever step of the store fails. What was applied stays, and the next run goes on from there to the same end."
const lost =
  "Where only the answer of a step is lost, nobody can tell whether it happened. Either way rows and position agree, and the next run comes to the same end."

export const atomicity = [
  check("a step that fails", promise, everyStep(goingOn, "before")),
  check("a step that fails in a first load", promise, everyStep(firstLoad, "before")),
  check(
    "a batch that is cut",
    "Of a batch that is more than the store takes at once, the position is saved with the last part alone, and no other position is: whichever step fails, the next run brings all that is missing.",
    Effect.gen(function* () {
      for (const loss of ["before", "after"] as const) {
        for (let n = 1; yield* Effect.scoped(cutShort(n, loss)); n++);
      }
    }),
  ),
  check("an answer that is lost", lost, everyStep(goingOn, "after")),
  check("an answer that is lost in a first load", lost, everyStep(firstLoad, "after")),

  check(
    "a swap that fails",
    "While a replica is built anew, and whichever step of it fails, readers see the old one whole or the new one whole; a later run completes it.",
    Effect.gen(function* () {
      const fresh = [
        ["1", "new"],
        ["9", "nine"],
      ]
      const rebuild = Effect.gen(function* () {
        const run = yield* begin(simple, { refresh: true })
        yield* run.apply(batchOf(fresh, { position: positionAt(["9"]) }))
        const swap = yield* present(run.swap, "A run that builds the replica anew offers no swap.")
        yield* swap
        return yield* run.finish(finished)
      })
      const prepared = Effect.gen(function* () {
        const made = yield* bench
        yield* made.use(pull(simple, batchOf(old)))
        return made
      })
      const counting = yield* prepared
      const count = yield* countSteps(counting.store, counting.use(rebuild))
      for (const loss of ["before", "after"] as const) {
        for (let n = 1; n <= count; n++) {
          const { store, use, wait } = yield* prepared
          const when = `${loss === "before" ? "Step" : "The answer of step"} ${n} of a rebuild was lost`
          yield* failingAt(store, n, loss, use(rebuild))
          const rows = JSON.stringify(sorted((yield* Effect.promise(() => store.rows(simple))) ?? []))
          yield* that([old, fresh].map((one) => JSON.stringify(one)).includes(rows), `${when}: readers see ${rows}.`)
          yield* wait(leaseMillis + 1)
          yield* use(rebuild)
          const after = sorted((yield* Effect.promise(() => store.rows(simple))) ?? [])
          yield* same(after, fresh, `${when}: what readers see once a later run has completed it.`)
        }
      }
    }),
  ),
]
