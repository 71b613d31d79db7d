import * as Effect from "effect/Effect"
import { hasMaskedKey } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { underWay } from "../state/Reconciliation.ts"
import { cautionsAbout } from "./Cautions.ts"
import { proveDropped } from "./Dropped.ts"
import { passSwap } from "./Guard.ts"
import { makeIndexes } from "./Indexing.ts"
import { askAgain } from "./InFlight.ts"
import { reconcileMasked } from "./MaskedReconcile.ts"
import { compareRanges, pullTable } from "./RangePull.ts"
import { noteComplete, reconcile } from "./Reconcile.ts"
import { noteUnkeyed, unkeyedCaution } from "./Unkeyed.ts"
import { verify } from "./Verify.ts"
import type { RunTally, RunOptions } from "./Running.ts"
import { estimateOf } from "./Estimate.ts"
import { isReconcileDue, wantedVerification } from "./Due.ts"
import { tellVerification } from "./Told.ts"

/** Pulls, and once all is pulled compares with the source what is due to be compared: keys, then all values. */
export const pullAndCompare = Effect.fnUntraced(function* (
  plan: Plan,
  run: SinkRun,
  options: RunOptions,
  tally: RunTally,
) {
  if (run.stored.position === undefined) {
    yield* proveDropped(plan, run.dropped ?? [])
    tally.cautions = yield* Effect.orElseSucceed(cautionsAbout(plan), () => [])
  }
  tally.estimate = yield* estimateOf(plan, run)
  const { byLog } = options
  const pulled = byLog?.pull(plan, run, options, tally) ?? pullTable(plan, run.stored.position, run, options, tally)
  let position = yield* pulled
  if (tally.more) return
  const isFirst = run.stored.position === undefined || run.swap !== undefined
  const isBegun = underWay(run.stored.reconciliation) !== undefined
  if (isFirst || (!isBegun && (yield* isReconcileDue(plan, run)))) position = yield* noteUnkeyed(plan, run, position)
  if (isFirst && position.unkeyed !== undefined && position.unkeyed > 0) {
    tally.cautions = [...tally.cautions, unkeyedCaution(plan, position.unkeyed)]
  }
  if (run.swap !== undefined) {
    // Until the new replica is swapped in, readers see the old one, which is as old as it was.
    const { syncedAt } = tally
    tally.syncedAt = undefined
    tally.phase = "swap"
    if (byLog?.vouches !== true) yield* passSwap(run, position)
    yield* makeIndexes(plan, run, true)
    yield* run.swap
    byLog?.hasSwapped(plan.into)
    tally.rebuilt = true
    tally.syncedAt = syncedAt
    return
  }
  yield* makeIndexes(plan, run, tally.read > 0 || run.stored.position === undefined)
  // What a first load brings is fresh: the run after it begins to compare.
  if (run.stored.position === undefined) return
  let current = position
  if (yield* isReconcileDue(plan, run)) {
    tally.phase = "deletes"
    const { deadline } = options
    if (plan.cursor !== undefined && underWay(run.stored.reconciliation) === undefined) {
      yield* compareRanges(plan, position, run, options, tally)
    }
    tally.more ||= tally.isToCompareAnew
    if (tally.more) return
    const every = plan.deletes.kind === "reconcile" ? plan.deletes.every : 0
    const isProven = tally.counted !== undefined && tally.counted === (yield* run.replica.countRows)
    if (isProven) yield* noteComplete({ plan, run, position, every, deadline, tally })
    else {
      const compareKeys = hasMaskedKey(plan) ? reconcileMasked : reconcile
      tally.more = yield* compareKeys({ plan, run, position, every, deadline, tally }, run.stored.reconciliation)
    }
    if (tally.more) return
  }
  const state = yield* wantedVerification(plan, run, options.verify)
  if (state === undefined) return
  tally.phase = "verify"
  const verified = yield* verify(
    {
      plan,
      run,
      deadline: options.deadline,
      position: () => current,
      // Another sweep: of transactions that began since the run did, it must know that they are in flight, and of parts that
      // the table has got, that they are there.
      pull: Effect.gen(function* () {
        if (byLog !== undefined) {
          current = yield* byLog.pull(plan, run, options, tally)
          return
        }
        const { parts, inFlight } = yield* askAgain(plan.table)
        const asked = parts === undefined ? plan : { ...plan, table: { ...plan.table, parts } }
        current = yield* pullTable(asked, current, run, { ...options, inFlight, ahead: undefined }, tally)
      }),
    },
    state,
  )
  tally.more = !verified.isComplete
  yield* tellVerification(run, verified.state, verified.isComplete, tally)
})
