import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Column, Value } from "./Table.ts"

/**
 * Where a table's pull stands. A pull is made of sweeps, each a walk by keyset over the rows that it must see:
 *
 * - `scan`: every row, in key order. The first sweep of every table, and each sweep of a table without a cursor.
 * - `nulls`: the rows whose cursor is NULL, in key order; only where the cursor may be NULL.
 * - `tail`: the rows whose cursor is at or past `from`, in the order of cursor and key.
 *
 * Text only and versioned, so that it survives JSON and a later version can read it.
 */
export const Position = Schema.Struct({
  version: Schema.Literal(1),
  sweep: Schema.Literals(["scan", "nulls", "tail"]),
  /** The order values of the last row applied in this sweep; null where the sweep has applied none. */
  after: Schema.NullOr(Schema.Array(Schema.String)),
  /** The cursor value at which the next tail begins, itself included; null begins at the lowest. */
  from: Schema.NullOr(Schema.String),
  /** When this sweep, and a `nulls` sweep before it, began: milliseconds since 1970. */
  startedAt: Schema.Number,
})
export type Position = typeof Position.Type

const Stored = Schema.fromJsonString(Position)

/** The position as a sink stores it. */
export const encodePosition = Schema.encodeSync(Stored)

/** Reads a stored position; none where the text is of no version known here. */
export const decodePosition = (text: string): Position | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(Stored)(text))

const dayMs = 86_400_000

/**
 * The cursor value from which the next tail begins, after a sweep that began at `startedAt` saw `last` as its highest.
 * A time in the future is cut back to the present, or one mistyped year would hide all rows that come after it. Times
 * without a zone may be up to 14 hours ahead of UTC and still be present.
 */
export const nextFrom = (cursor: Column, last: Value, startedAt: number): Value => {
  if (last === null) return null
  const present =
    cursor.type === "timestamptz"
      ? new Date(startedAt).toISOString().replace("Z", "000Z")
      : cursor.type === "timestamp"
        ? new Date(startedAt + 14 * 3_600_000).toISOString().replace("Z", "000")
        : cursor.type === "date"
          ? new Date(startedAt + dayMs).toISOString().slice(0, 10)
          : undefined
  if (present === undefined) return last
  const comparable = /^\d{4}-/.test(last) && !last.endsWith("BC")
  const isFuture = comparable ? last > present : !last.startsWith("-") && !last.endsWith("BC")
  return isFuture ? present : last
}
