import { decodePlan, type StoredPlan } from "./plan.ts"
import { versionOf } from "./version.ts"

/** The row of tmp_replication_tables that a run begins with. */
export interface StateRow {
  /** See `RunState.version`. */
  readonly version: string
  /** A text that is the same while plans and positions are. */
  readonly stored: string
  readonly plan: StoredPlan | undefined
  readonly position: string | undefined
  readonly lease: string
  readonly leaseUntil: number
  readonly lastRunAt: number
  readonly isClean: boolean
  readonly failures: number
  readonly reconciliation: string | undefined
  readonly reconciledAt: number | undefined
  readonly verification: string | undefined
  readonly verificationEndedAt: number | undefined
  /** Whether readers see a replica that was complete once. */
  readonly isComplete: boolean
  /** The replica that is being built beside it. */
  readonly next: { readonly plan: StoredPlan; readonly position: string | undefined } | undefined
}

export const columns =
  "plan, position, lease, lease_until, last_run_at, error IS NULL AND more = 0, reconciliation, reconciled_at, " +
  "synced_at IS NOT NULL, next_plan, next_position, verification, verification_ended_at, failures"

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

export const toStateRow = (row: ReadonlyArray<unknown>): StateRow => {
  const [plan, position, lease, leaseUntil, lastRunAt, isClean, reconciliation, reconciledAt, ...more] = row
  const [isComplete, next, nextAt, verification, verificationEndedAt, failures] = more
  return {
    version: versionOf({ lease, leaseUntil, position, nextPosition: nextAt }),
    stored: JSON.stringify([plan, position, next, nextAt]),
    plan: typeof plan === "string" ? decodePlan(plan) : undefined,
    position: text(position),
    lease: String(lease),
    leaseUntil: Number(leaseUntil),
    lastRunAt: Number(lastRunAt ?? 0),
    isClean: isClean === 1,
    failures: Number(failures),
    reconciliation: text(reconciliation),
    reconciledAt: typeof reconciledAt === "number" ? reconciledAt : undefined,
    verification: text(verification),
    verificationEndedAt: typeof verificationEndedAt === "number" ? verificationEndedAt : undefined,
    isComplete: isComplete === 1,
    next: typeof next === "string" ? { plan: decodePlan(next), position: text(nextAt) } : undefined,
  }
}
