import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Column } from "../table/Table.ts"
import { Seen } from "./Seen.ts"
import { Trail } from "./Trail.ts"

/** The transactions in flight when a sweep began, where the source can tell, and the parts that the table had. */
const Began = Schema.NullOr(
  Schema.Struct({
    next: Schema.String,
    open: Schema.Array(Schema.String),
    unsureFrom: Schema.optionalKey(Schema.String),
    history: Schema.optionalKey(Schema.String),
    parts: Schema.optionalKey(Schema.Array(Schema.String)),
  }),
)

const After = Schema.NullOr(Schema.Array(Schema.String))

/** What tells one multiset of rows from another. */
const Whole = Schema.Struct({
  rows: Schema.Number,
  /** Made here of the rows that the replica was given: see `RowDigest`. */
  digest: Schema.String,
  /** The sum of the hashes that the source has made of all rows that it gave, where it digests. */
  told: Schema.optionalKey(Schema.String),
  /** How many rows the source gave, those marked as deleted among them. */
  given: Schema.Number,
})

/**
 * Where a table's pull stands. A pull is made of sweeps, each a walk by keyset over the rows that it must see:
 *
 * - `scan`: every row, in key order. The first sweep of every table, each sweep of a table without a cursor, and now and
 *   then one of a table with a cursor, for what the cursor does not show.
 * - `nulls`: the rows whose cursor is NULL, in key order; only where the cursor may be NULL.
 * - `tail`: the rows whose cursor is at or past where the {@link Trail} says, in the order of cursor and key.
 *
 * A table without a key is read `whole`, which no position goes on in: `after` then is how many rows the replica that is
 * built has.
 *
 * Where rows tell who wrote them, only those are read that were written since what was {@link Seen}.
 *
 * Text only and versioned, so that it survives JSON and a later version can read it.
 */
export const Position = Schema.Struct({
  version: Schema.Literal(1),
  sweep: Schema.Literals(["scan", "nulls", "tail", "whole"]),
  /** The order values of the last row applied in this sweep; null where the sweep has applied none. */
  after: After,
  /** Where tails begin; null without a cursor. */
  trail: Schema.NullOr(Trail),
  /** When this sweep, and a `nulls` sweep before it, began: milliseconds since 1970; 0 where it has not. */
  startedAt: Schema.Number,
  began: Began,
  /** What the last complete sweep saw, where the source's ids have a history. */
  seen: Schema.optionalKey(Seen),
  /** The rows of a table without a key, as they were read last. */
  whole: Schema.optionalKey(Whole),
  /** How many rows have no key, where a unique index over columns that may be NULL serves as one. */
  unkeyed: Schema.optionalKey(Schema.Number),
  /** What the last complete scan saw, of a table with a cursor. */
  scanned: Schema.optionalKey(Seen),
  /** When the last complete scan began, of a table with a cursor. */
  scannedAt: Schema.optionalKey(Schema.Number),
  /** A scan of a table with a cursor that a run has left: it goes on once a tail has brought what is new. */
  waiting: Schema.optionalKey(Schema.Struct({ after: After, startedAt: Schema.Number, began: Began })),
})
export type Position = typeof Position.Type

const Stored = Schema.fromJsonString(Position)

/** The position as a sink stores it. */
export const encodePosition = Schema.encodeSync(Stored)

/** Reads a stored position; none where the text is of no version known here. */
export const decodePosition = (text: string): Position | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(Stored)(text))

/**
 * A cursor value that a sweep saw as its highest, cut back to the present where it lies in the future: or one mistyped
 * year would hide all rows that come after it. Times without a zone may be up to 14 hours ahead of UTC and be present.
 */
export const notInFuture = (cursor: Column, last: string, startedAt: number): string => {
  const present =
    cursor.type === "timestamptz"
      ? new Date(startedAt).toISOString().replace("Z", "000Z")
      : cursor.type === "timestamp"
        ? new Date(startedAt + 14 * 3_600_000).toISOString().replace("Z", "000")
        : cursor.type === "date"
          ? new Date(startedAt + 86_400_000).toISOString().slice(0, 10)
          : undefined
  if (present === undefined) return last
  const comparable = /^\d{4}-/.test(last) && !last.endsWith("BC")
  const isFuture = comparable ? last > present : !last.startsWith("-") && !last.endsWith("BC")
  return isFuture ? present : last
}
