import type { Position } from "../state/Position.ts"
import type { Ranges } from "../state/Ranges.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"
import type { Row, Value } from "../table/Table.ts"

/** A row that was set aside because the replica cannot hold it. */
export interface Reject {
  /** The row's key values. */
  readonly key: ReadonlyArray<Value>
  /** The column at fault, or null where it is the whole row. */
  readonly column: string | null
  readonly reason: string
}

/** What one apply brings. */
export interface Batch {
  /** Rows to insert, or to update where a value differs, in the order of the plan's columns. */
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<Reject>
  /** Keys of rows to delete; that one was set aside is forgotten too. */
  readonly deletes: ReadonlyArray<Key>
  /** What a reconciliation has found out; without it, it stands as before. */
  readonly reconciliation?: Reconciled
  /**
   * What the replica's ranges hold once all of the batch is applied, or that they are known as before. Without it, a batch
   * with rows or deletes forgets them in the same step: nobody knows any more.
   */
  readonly ranges?: Ranges | "kept"
  /** What is still known of the replica's ranges if the batch changes anything; else they are known as before. */
  readonly touched?: Ranges
  /** The position once all of the batch is applied. No other one may be saved, whatever a sink makes of the batch. */
  readonly position: Position
  /** Whether the position must be saved even where nothing changed; otherwise it is saved with the next change. */
  readonly save: boolean
}

/** What a batch notes of a reconciliation. */
export interface Reconciled {
  /**
   * Where it stands then, or that it is complete or forgotten, with which all suspects are forgotten; only a complete one
   * is noted with its time.
   */
  readonly state: Reconciliation | "complete" | "forgotten"
  /** Keys to note as suspects, and ones that no longer are. */
  readonly suspects?: ReadonlyArray<Key>
  readonly cleared?: ReadonlyArray<Key>
}
