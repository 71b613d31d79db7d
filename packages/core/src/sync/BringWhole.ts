import * as Effect from "effect/Effect"
import type { SinkRun } from "../sink/SinkRun.ts"
import { proveDropped } from "./Dropped.ts"
import { makeIndexes } from "./Indexing.ts"
import { verifyWhole } from "./VerifyWhole.ts"
import { pullWhole, type WholeContext } from "./Whole.ts"
import type { RunTally, RunOptions } from "./Running.ts"
import { estimateOf } from "./Estimate.ts"
import { wantedVerification } from "./Due.ts"
import { tellVerification } from "./Told.ts"

/** Pulls a table that is read whole, which leaves nothing to reconcile, and verifies where that is due. */
export const bringWhole = Effect.fnUntraced(function* (
  context: WholeContext & { readonly options: RunOptions; readonly tally: RunTally },
) {
  const { plan, run, options, tally } = context
  if (run.stored.position === undefined) yield* proveDropped(plan, run.dropped ?? [])
  let current = run
  const goOn = (next: SinkRun) => {
    current = next
    context.goOn(next)
  }
  tally.estimate = yield* estimateOf(plan, run)
  yield* pullWhole({ ...context, goOn })
  // A swap brings them along, and what was filled has its name no more.
  if (current === run && run.swap === undefined && !tally.more) yield* makeIndexes(plan, run, false)
  tally.rebuilt = run.swap !== undefined && tally.syncedAt !== undefined
  if (tally.more || run.swap !== undefined || run.stored.position === undefined) return
  const state = yield* wantedVerification(plan, run, options.verify)
  if (state === undefined) return
  tally.phase = "verify"
  const verified = yield* verifyWhole({ ...context, goOn }, () => current, state)
  if (verified !== undefined) yield* tellVerification(current, verified, true, tally)
})
