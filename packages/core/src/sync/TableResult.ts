import type { ErrorDescription } from "../error/ConnectorError.ts"
import type { Differing } from "../sink/Replica.ts"
import type { Drift } from "./Drift.ts"

/** What a run of one table did. */
export interface TableResult {
  /** The replica table. */
  readonly table: string
  readonly read: number
  /** Rows inserted, or updated because a value differed. */
  readonly written: number
  /** Rows read that the replica had already, value by value. */
  readonly unchanged: number
  readonly deleted: number
  /** Rows set aside because the replica cannot hold them. */
  readonly rejected: number
  readonly pages: number
  /** True where the budget ran out before the end: come again. */
  readonly more: boolean
  readonly durationMs: number
  readonly error: ErrorDescription | undefined
  /** What a verification found, where one was part of the run. */
  readonly verification?: VerificationResult
  /** What the log tells beside; without it the table was not run. */
  readonly details?: RunDetails
}

/** What a run met and left, beside its counts. */
export interface RunDetails {
  readonly source: string
  /** Runs of the table that failed in a row before this one. */
  readonly failedBefore: number
  /** When it is tried again by itself after a failure, in milliseconds since 1970; undefined where it waits. */
  readonly retryAt: number | undefined
  /** The replica holds everything that was visible at the source then, where the run found that out. */
  readonly syncedAt: number | undefined
  readonly drift: Drift | undefined
  /** Whether a replica that was built anew is what readers see since. */
  readonly rebuilt: boolean
  /** Why all rows were read again, where the source is not in the state in which it was left. */
  readonly anew: string | undefined
  /** What speaks against the cursor, where the run was the first of the replica. */
  readonly cautions: ReadonlyArray<string>
  /** The position in its source's log up to which all is applied, where it follows that. */
  readonly position?: string
}

/** What a verification found. */
export interface VerificationResult {
  /** False where the budget ran out before its end: come again. */
  readonly complete: boolean
  /** Rows of the source that were compared. */
  readonly checked: number
  /** Rows that were mended. */
  readonly repaired: number
  /**
   * Rows that differed at first and no longer did when they were compared once more, after another pull: they changed
   * meanwhile, or the pull before had left them out.
   */
  readonly settled: number
  /**
   * Rows that differ, of which at most 1000 are named. A row that the source does not show, and says that it has, has no
   * name.
   */
  readonly differing: number
  readonly keys: ReadonlyArray<Differing>
}

/** The result of a table on which nothing was done. */
export const emptyResult = (into: string): TableResult => ({
  table: into,
  read: 0,
  written: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  pages: 0,
  more: false,
  durationMs: 0,
  error: undefined,
})
