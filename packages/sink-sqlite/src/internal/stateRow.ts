import { columnsOf, type Decoded, flag, given, integer, kept, maybe, text } from "./columns.ts"
import { StoredPlan } from "./plan.ts"
import { Position, Reconciliation, type Stored, Verification } from "@starbase-replication/core/sink"

/** The row of tmp_replication_tables that a run begins with. */
export const stateRow = columnsOf({
  plan: kept(StoredPlan),
  position: kept(Position),
  /** The replica that is being built beside it. */
  nextPlan: kept(StoredPlan),
  nextPosition: kept(Position),
  lease: text,
  leaseUntil: integer,
  lastRunAt: maybe(integer),
  failures: integer,
  /** Whether the last run left neither an error nor more to read. */
  isClean: given("error IS NULL AND more = 0", flag),
  /** Whether readers see a replica that was complete once. */
  isComplete: given("synced_at IS NOT NULL", flag),
  reconciliation: kept(Reconciliation),
  reconciledAt: maybe(integer),
  verification: kept(Verification),
  verificationEndedAt: maybe(integer),
})
export type StateRow = Decoded<typeof stateRow>

/** A text that is the same while plans and positions are. */
export const fingerprintOf = (row: StateRow | undefined): string =>
  JSON.stringify([row?.plan?.text, row?.position?.text, row?.nextPlan?.text, row?.nextPosition?.text])

/**
 * Whether all that is kept of the replica that readers see is of a form that this release knows. Of one that is not,
 * nothing can be gone on with: what another release has found or left out is not known either.
 */
export const isKnown = ({ plan, position, reconciliation, verification }: StateRow): boolean =>
  [plan, position, reconciliation, verification].every((one) => one === undefined || one.value !== undefined)

/** What a run that goes on with the replica is given. */
export const storedOf = (row: StateRow): Stored => ({
  position: row.position?.value,
  failures: row.failures,
  reconciliation: row.reconciliation?.value,
  reconciledAt: row.reconciledAt,
  verification: row.verification?.value,
  verificationEndedAt: row.verificationEndedAt,
})

/** What a run is given that fills a replica of which nothing was compared yet. */
export const storedAnew = (row: StateRow, position: Position | undefined): Stored => ({
  position,
  failures: row.failures,
  reconciliation: row.reconciliation?.value?.phase === "swap" ? row.reconciliation.value : undefined,
  reconciledAt: undefined,
  verification: undefined,
  verificationEndedAt: undefined,
})
