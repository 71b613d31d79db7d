import type { Key } from "./Key.ts"
import type { Column, ColumnType } from "./Table.ts"

/** Keys above `after`, or from the lowest, up to and with `until`, or to the highest, in the order of {@link compareKeys}. */
export interface KeySpan {
  readonly after: Key | undefined
  readonly until: Key | undefined
}

/**
 * The order of keys on which a source that digests and every sink agree, column by column: integers, booleans and doubles
 * by number, everything else by the bytes of its canonical text as UTF-8. A key of fewer values stands for its first
 * columns alone.
 */
export const compareKeys = (columns: ReadonlyArray<Pick<Column, "type">>): ((a: Key, b: Key) => number) => {
  const compares = columns.map(({ type }) => comparisons[type] ?? compareBytes)
  return (a, b) => {
    for (let at = 0; at < a.length && at < b.length; at++) {
      const [one = "", other = ""] = [a[at], b[at]]
      if (one === other) continue
      const sign = compares[at]?.(one, other) ?? 0
      if (sign !== 0) return sign
    }
    return 0
  }
}

/** Canonical digits need not be made numbers to be compared. */
const compareDigits = (a: string, b: string): number => {
  const [isLow, isOtherLow] = [a.startsWith("-"), b.startsWith("-")]
  if (isLow !== isOtherLow) return isLow ? -1 : 1
  const sign = a.length - b.length || (a < b ? -1 : 1)
  return isLow ? -sign : sign
}

const compareNumbers = (a: string, b: string): number => Number(a) - Number(b)

/** Texts are compared by UTF-16 here, which puts the halves of surrogate pairs before what follows them in UTF-8. */
const compareBytes = (a: string, b: string): number => {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (one === other) continue
    const [isHalf, isOtherHalf] = [one, other].map((unit) => unit >= 0xd800 && unit < 0xe000)
    return isHalf === isOtherHalf ? one - other : isHalf ? 1 : -1
  }
  return a.length - b.length
}

const comparisons: Partial<Record<ColumnType, (a: string, b: string) => number>> = {
  integer: compareDigits,
  unsigned: compareDigits,
  boolean: compareDigits,
  real: compareNumbers,
}
