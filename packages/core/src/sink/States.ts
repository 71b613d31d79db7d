import type { ErrorDescription } from "../error/ConnectorError.ts"
import type { Position } from "../state/Position.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"

/** When a table last ran, as the scheduler needs it. */
export interface RunState {
  /** The replica table's name. */
  readonly table: string
  readonly source: string
  readonly sourceTable: string
  /** The replica holds everything that was visible at the source then. */
  readonly syncedAt: number | undefined
  /** While it is the same, no run has held the table or moved its position; see `BeginOptions.seen`. */
  readonly version: string
  /** Where the pull of the replica stands that readers see. */
  readonly position: Position | undefined
  /** Whether it is known what ranges of the replica's keys hold. */
  readonly ranged: boolean
  /** Rows that were gone at the source when it was asked last are gone here; in milliseconds since 1970. */
  readonly reconciledAt: number | undefined
  /** When the last run that was noted began, in milliseconds since 1970. */
  readonly lastRunAt: number | undefined
  readonly running: boolean
  /** Whether the last run left more to read. */
  readonly more: boolean
  /** Runs that failed since the last one that did not. */
  readonly failures: number
  /** When it is tried again after a failure. */
  readonly retryAt: number | undefined
  /** The fingerprint of the config with which it failed for good. */
  readonly blockedBy: string | undefined
  /** Whether an operator has paused it. */
  readonly paused: boolean
  /** True where the sink keeps a log of changes for others that replicate from here. */
  readonly hasHub?: true
}

/** How a source does, where it failed as a whole. */
export interface SourceState {
  readonly source: string
  readonly failures: number
  /** Until then none of its tables is tried. */
  readonly retryAt: number
  readonly error: ErrorDescription
  readonly errorSince: number
}

/** A run as the history keeps it. Times are milliseconds since 1970. */
export interface HistoryEntry {
  readonly table: string
  readonly startedAt: number
  readonly endedAt: number
  readonly read: number
  readonly written: number
  readonly deleted: number
  readonly rejected: number
  readonly pages: number
  readonly more: boolean
  readonly error: ErrorDescription | undefined
}

/** Where a replicated table stands. Times are milliseconds since 1970. */
export interface TableState extends RunState {
  /** In the replica; of a large one that changes, as of a while ago. */
  readonly rows: number
  /** Rows that the run under way has changed so far, or that the last one did. */
  readonly written: number
  readonly deleted: number
  /** Rows that are set aside, those without a key among them. */
  readonly rejects: number
  /** Whether the replica is being built anew beside the one that readers see. */
  readonly rebuilding: boolean
  /** The last change of the table's columns or key that was met, with when. */
  readonly drift: { readonly at: number; readonly changes: ReadonlyArray<string> } | undefined
  readonly lastSuccessAt: number | undefined
  /** When a verification last found source and replica equal, and how many rows the last one found to differ. */
  readonly verifiedAt: number | undefined
  readonly differences: number
  readonly verifying: boolean
  /** The reconciliation under way, or what else the guard has stopped. */
  readonly reconciliation: Reconciliation | undefined
  readonly error: ErrorDescription | undefined
  readonly errorSince: number | undefined
}
