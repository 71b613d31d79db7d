import type { Position } from "../state/Position.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"
import type { Verification } from "../state/Verification.ts"

/** What the sink keeps of a table from run to run, as it was when the run began. Times are milliseconds since 1970. */
export interface Stored {
  /** Where the pull stands; undefined where the replica that the run fills has had none yet. */
  readonly position: Position | undefined
  /** Runs of the table that failed since the last one that did not. */
  readonly failures: number
  /** The reconciliation under way, or what else the guard has stopped, and when the last one was complete. */
  readonly reconciliation: Reconciliation | undefined
  readonly reconciledAt: number | undefined
  /** The verification under way, and when the last one was complete. */
  readonly verification: Verification | undefined
  readonly verificationEndedAt: number | undefined
}
