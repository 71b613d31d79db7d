import type { Value } from "./Table.ts"

/** A row's key values. */
export type Key = ReadonlyArray<NonNullable<Value>>

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
