import type { Column, Row, Value } from "./Table.ts"

/** A row's key values. */
export type Key = ReadonlyArray<NonNullable<Value>>

/**
 * A key as a text that is equal for equal keys, given the columns of the key in the order of its values: all are equal
 * that are spelled alike, and a double may be printed in more than one way.
 */
export const keyIdentity = (columns: ReadonlyArray<Pick<Column, "type">>, values: Row): string =>
  JSON.stringify(
    values.map((value, at) => (columns[at]?.type === "real" && value !== null ? String(Number(value)) : value)),
  )

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
