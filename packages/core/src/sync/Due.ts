import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { underWay } from "../state/Reconciliation.ts"
import { beginVerification } from "../state/Verification.ts"
import type { RunOptions } from "./Running.ts"

/** Whether the keys are to be compared: it is under way, or time for it. */
export const isReconcileDue = Effect.fnUntraced(function* ({ deletes }: Plan, run: SinkRun) {
  if (deletes.kind !== "reconcile") return false
  return underWay(run.stored.reconciliation) !== undefined || (yield* isPast(run.stored.reconciledAt, deletes.every))
})

/** Whether something was last done so long ago, or as the clock was before it was set back. */
export const isPast = (last: number | undefined, every: number): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => last === undefined || last > now || now - last >= every)

/** The verification to go on with or to begin, where one is asked for or due. */
export const wantedVerification = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, asked: RunOptions["verify"]) {
  const { reconciliation } = run.stored
  // Asked for once more, what the guard has stopped is looked at anew.
  const isStopped = asked !== undefined && reconciliation?.phase === "repair" && !reconciliation.confirmed
  if (run.stored.verification !== undefined && !isStopped)
    return { ...run.stored.verification, repair: asked?.repair ?? run.stored.verification.repair }
  const isDue = plan.verify !== undefined && (yield* isPast(run.stored.verificationEndedAt, plan.verify))
  return asked !== undefined || isDue ? yield* beginVerification(asked?.repair ?? false) : undefined
})
