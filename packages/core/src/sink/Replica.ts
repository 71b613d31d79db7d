import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Difference } from "../state/Verification.ts"
import type { Key, KeySummary } from "../table/Key.ts"
import type { KeySpan } from "../table/KeyOrder.ts"
import type { Row } from "../table/Table.ts"

/** A row in which source and replica differ. */
export interface Differing {
  readonly key: Key
  readonly kind: Difference
}

/** What the replica that readers see can be asked for. Nothing here writes. */
export interface Replica {
  /** How many rows there are. */
  readonly countRows: Effect.Effect<number, ConnectorError>
  /**
   * The next keys after a key, or from the first, in the order of `compareKeys`, where integers above int64 may follow all
   * others in any order.
   */
  readonly keys: (after: Key | undefined, limit: number) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /**
   * How many rows there are with keys in a span whose ends are no integers above int64, and the keys of those that were set
   * aside, of which at most 1000 are named.
   */
  readonly countWithin: (
    span: KeySpan,
  ) => Effect.Effect<{ readonly rows: number; readonly setAside: ReadonlyArray<Key> }, ConnectorError>
  /**
   * The next rows of a table without a key in the order of the plan's columns, their values in canonical texts, and where to
   * go on; without that, none follow.
   */
  readonly rows: (
    after: string | undefined,
    limit: number,
  ) => Effect.Effect<{ readonly rows: ReadonlyArray<Row>; readonly last: string | undefined }, ConnectorError>
  /** Sums up the next keys of a table whose keys can be summed up, and gives the last one; undefined where none follow. */
  readonly summarize: (
    after: Key | undefined,
    limit: number,
  ) => Effect.Effect<(KeySummary & { readonly last: Key }) | undefined, ConnectorError>
  /** Compares rows, in the order of the plan's columns, with the replica's, and gives those that differ. */
  readonly compare: (rows: ReadonlyArray<Row>) => Effect.Effect<ReadonlyArray<Differing>, ConnectorError>
  /** The ones of these keys that the replica has. */
  readonly present: (keys: ReadonlyArray<Key>) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /** The ones of these keys whose rows were set aside. */
  readonly setAside: (keys: ReadonlyArray<Key>) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
}
