import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConnectorError, ErrorDescription } from "./ConnectorError.ts"
import type { Retry } from "./Backoff.ts"
import type { Plan } from "./Plan.ts"
import type { Position } from "./Position.ts"
import type { Reconciliation } from "./Reconcile.ts"
import type { Row, Value } from "./Table.ts"
import type { Difference, Verification } from "./Verify.ts"

/** A row that was set aside because the replica cannot hold it. */
export interface Reject {
  /** The row's key values. */
  readonly key: ReadonlyArray<Value>
  /** The column at fault, or null where it is the whole row. */
  readonly column: string | null
  readonly reason: string
}

/** A row's key values. */
export type Key = ReadonlyArray<NonNullable<Value>>

/** A row that a verification found to differ. */
export interface Differing {
  readonly key: Key
  readonly kind: Difference
}

/**
 * A summary of a range of keys that is equal on both sides where the keys are, all but surely. It is made of one number
 * for each key: for a key of one column that column's remainder by p = 2^31 - 1; with each column more, the remainder by
 * p of 31 times the number so far plus the column's remainder. Remainders have the sign of what is divided. A UUID counts
 * as its first 8 hexadecimal digits plus its last 12.
 */
export interface KeySummary {
  readonly count: string
  /** The sum of the numbers. */
  readonly sum: string
  /** The sum of the remainders by p of the numbers' squares. */
  readonly squares: string
}

/** What one apply brings: all of it, or after an error none of it, is in the replica. */
export interface Batch {
  /** Rows to insert, or to update where a value differs, in the order of the plan's columns. */
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<Reject>
  /** Keys of rows to delete. */
  readonly deletes: ReadonlyArray<Key>
  /** Keys to note as suspects of a reconciliation, and ones that no longer are. */
  readonly suspects?: ReadonlyArray<Key>
  readonly cleared?: ReadonlyArray<Key>
  /** Where the reconciliation stands then, or that it is complete; without it, as before. */
  readonly reconciliation?: Reconciliation | "complete"
  /** The position once the whole batch is applied. */
  readonly position: Position
  /** The position once all rows up to and with this one are applied, for a sink that must cut the batch. */
  readonly positionAfter: (row: Row) => Position
  /** Whether the position must be saved even where nothing changed; otherwise it is saved with the next change. */
  readonly save: boolean
}

/** How a run ended. */
export interface Outcome {
  readonly read: number
  readonly pages: number
  /** The moment up to which the replica now holds everything, in milliseconds since 1970, where a sweep was finished. */
  readonly syncedAt: number | undefined
  /** Whether the budget ran out before the end of the sweep. */
  readonly more: boolean
  readonly error: ErrorDescription | undefined
  /** When it is tried again, where it failed. */
  readonly retry: Retry | undefined
}

/** What a run changed in the replica. */
export interface Counts {
  readonly written: number
  readonly deleted: number
  readonly rejected: number
}

/** One run of one table in the sink. */
export interface SinkRun {
  /** Runs of the table that failed since the last one that did not. */
  readonly failures: number
  /** The plan to pull by: narrower than the one asked for where its columns are frozen. */
  readonly plan: Plan
  /** The stored position, or undefined where the table was never pulled. */
  readonly position: Position | undefined
  /**
   * Where the replica is built anew beside the one that readers see: puts it in that one's place, in one atomic step,
   * with the indexes, triggers and views that others have made. To be called once the new one is complete.
   */
  readonly swap: Effect.Effect<void, ConnectorError> | undefined
  /** The reconciliation under way, and when the last one was complete. */
  readonly reconciliation: Reconciliation | undefined
  readonly reconciledAt: number | undefined
  /** How many rows the replica has. */
  readonly countRows: Effect.Effect<number, ConnectorError>
  /** The next keys of the replica after a key, in the replica's order. */
  readonly keys: (after: Key | undefined, limit: number) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /** Sums up the next keys of a table whose keys can be summed up, and gives the last one; undefined where none follow. */
  readonly summarize: (
    after: Key | undefined,
    limit: number,
  ) => Effect.Effect<(KeySummary & { readonly last: Key }) | undefined, ConnectorError>
  /** The next suspects. */
  readonly suspects: (limit: number) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /** The verification under way. */
  readonly verification: Verification | undefined
  /** When the last one was complete. */
  readonly verificationEndedAt: number | undefined
  /** Forgets which rows differed in the verification before. */
  readonly clearDifferences: Effect.Effect<void, ConnectorError>
  /** How many rows are noted as differing. */
  readonly countDifferences: Effect.Effect<number, ConnectorError>
  /** Compares rows, in the order of the plan's columns, with the replica's, and gives those that differ. */
  readonly compare: (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlyArray<Differing>, ConnectorError>
  /** The ones of these keys that the replica has. */
  readonly present: (keys: ReadonlyArray<Key>) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /** The next rows noted as differing after a key, in the order of their keys' texts. */
  readonly differences: (
    after: Key | undefined,
    limit: number,
  ) => Effect.Effect<ReadonlyArray<Differing>, ConnectorError>
  /** Saves where a verification stands, with rows that differ; `rechecked` ones are noted only where they differ still. */
  readonly noteVerification: (
    state: Verification,
    found: ReadonlyArray<Differing>,
    rechecked?: ReadonlyArray<Key>,
  ) => Effect.Effect<void, ConnectorError>
  /** Ends a verification: source and replica are equal where no row is noted as differing. */
  readonly completeVerification: (state: Verification) => Effect.Effect<void, ConnectorError>
  /**
   * Applies a batch and saves its position in one atomic step, or fails and leaves both as they were. A batch applied
   * twice changes nothing the second time, and rows that are equal already cost no write. A row that cannot be stored
   * is set aside and counted. Fails with `lease-lost` once another run has taken the table.
   */
  readonly apply: (batch: Batch) => Effect.Effect<void, ConnectorError>
  /** Records how the run ended and gives the table free. Writes nothing where there is nothing to tell. */
  readonly finish: (outcome: Outcome) => Effect.Effect<Counts, ConnectorError>
}

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
  readonly mode: "full" | "incremental"
  readonly position: Position | undefined
  readonly rows: number
  readonly rejects: number
  /** Whether the replica is being built anew beside the one that readers see. */
  readonly rebuilding: boolean
  /** The last change of the table's columns or key that was met, with when. */
  readonly drift: { readonly at: number; readonly changes: ReadonlyArray<string> } | undefined
  readonly lastSuccessAt: number | undefined
  /** Rows that were gone at the source when it was asked last are gone here. */
  readonly reconciledAt: number | undefined
  /** When a verification last found source and replica equal, and how many rows the last one found to differ. */
  readonly verifiedAt: number | undefined
  readonly differences: number
  readonly verifying: boolean
  readonly error: ErrorDescription | undefined
  readonly errorSince: number | undefined
}

/** How a run begins. */
export interface BeginOptions {
  readonly claim: boolean
  /**
   * The table's `RunState.version` before the source was asked for what the plan rests on; undefined where the table was
   * not known then. What a source says is only good for a position that was there already when it was asked.
   */
  readonly seen: string | undefined
  /** Asks the source anew and plans by what it says: called once the table is held, where `seen` is no longer so. */
  readonly again: Effect.Effect<Plan, ConnectorError>
  /** Whether to build the replica anew, or to go on with it where that is under way. */
  readonly refresh: boolean
}

/** The methods of {@link Sink}. */
export interface SinkShape {
  /**
   * Begins a run: makes sure that the replica table is there as the plan says, and that no other run holds it (`busy`).
   * With `claim` the table is taken at once; without, with the first change, so that a run that finds nothing to do
   * costs no write. Where another run has held the table since `seen`, it is taken, and the plan made `again`, before
   * anything is done by it. Where the plan has other columns than the replica, or `refresh` asks for it, the run builds the
   * replica anew beside the old one. Fails with `table-not-ours` for a table that it did not make, and with
   * `schema-changed` where the plan's drift does not allow the change.
   */
  readonly begin: (plan: Plan, options: BeginOptions) => Effect.Effect<SinkRun, ConnectorError>
  /** The statement that would make the replica table of a plan. */
  readonly ddl: (plan: Plan) => string
  /** When each known table last ran; cheap. */
  readonly runs: Effect.Effect<ReadonlyArray<RunState>, ConnectorError>
  /** Where each known table stands; counts the rows. */
  readonly states: Effect.Effect<ReadonlyArray<TableState>, ConnectorError>
  /**
   * Allows a reconciliation that the guard has stopped to go on; false where there is none. Fails with `busy` while a
   * run holds the table.
   */
  readonly confirm: (into: string) => Effect.Effect<boolean, ConnectorError>
  /** Notes a failure of a table whose run could not begin. */
  readonly fail: (
    table: { readonly into: string; readonly source: string; readonly sourceTable: string },
    error: ErrorDescription,
    retry: Retry,
  ) => Effect.Effect<void, ConnectorError>
  /** How the sources do that failed as a whole. */
  readonly sources: Effect.Effect<ReadonlyArray<SourceState>, ConnectorError>
  /** Notes that a source failed as a whole, or with undefined that it does again. */
  readonly noteSource: (
    source: string,
    failure: { readonly error: ErrorDescription; readonly retryAt: number } | undefined,
  ) => Effect.Effect<void, ConnectorError>
  /** Pauses a table, or lets it go on and forgets that it failed for good; false for one that is not known. */
  readonly setPaused: (into: string, paused: boolean) => Effect.Effect<boolean, ConnectorError>
  /** The last runs that changed or failed, the newest first; at most 1000 are kept. */
  readonly history: (options: {
    readonly table: string | undefined
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<HistoryEntry>, ConnectorError>
  /**
   * Forgets a table: drops the replica table and all that is known of it, so that the next run begins anew. Fails with
   * `busy` while a run holds it.
   */
  readonly reset: (into: string) => Effect.Effect<void, ConnectorError>
}

/** Where rows go. */
export class Sink extends Context.Service<Sink, SinkShape>()("@starbase-replication/core/Sink") {}
