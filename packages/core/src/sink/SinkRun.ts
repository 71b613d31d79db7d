import type * as Effect from "effect/Effect"
import type { ConnectorError, ErrorDescription } from "../error/ConnectorError.ts"
import type { Retry } from "../error/Policy.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Position } from "../state/Position.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"
import type { Difference, Verification } from "../state/Verification.ts"
import type { Key, KeySummary } from "../table/Key.ts"
import type { Row, Value } from "../table/Table.ts"

/** A row that was set aside because the replica cannot hold it. */
export interface Reject {
  /** The row's key values. */
  readonly key: ReadonlyArray<Value>
  /** The column at fault, or null where it is the whole row. */
  readonly column: string | null
  readonly reason: string
}

/** A row that a verification found to differ. */
export interface Differing {
  readonly key: Key
  readonly kind: Difference
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
