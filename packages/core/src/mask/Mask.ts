import type { ColumnType } from "../table/Table.ts"
import type { MaskKey } from "./MaskKey.ts"

/**
 * What the replica holds in place of a column's values. NULL stays NULL, but where all values become one: these columns are
 * not even read.
 *
 * | kind | in the replica |
 * |---|---|
 * | `hmac` | TEXT: a token that is the same for the same canonical text and the same secret |
 * | `keep` | TEXT: `****` and the last characters, never more than half of them |
 * | `year` | INTEGER: the year of a date or time, NULL where none can be told |
 * | `redact` | TEXT: `redacted` in each row |
 * | `null` | TEXT: NULL in each row |
 */
export type Mask =
  | { readonly kind: "hmac"; readonly key: MaskKey }
  | { readonly kind: "keep"; readonly last: number }
  | { readonly kind: "year" }
  | { readonly kind: "redact" }
  | { readonly kind: "null" }

/** Whether all rows have the same value in the column, so that there is nothing to read. */
export const isBlank = ({ kind }: Mask): boolean => kind === "redact" || kind === "null"

/** The value of a column that is not read. */
export const blankValue = ({ kind }: Mask): string | null => (kind === "redact" ? "redacted" : null)

/** The type of what a mask gives. */
export const maskedType = ({ kind }: Mask): ColumnType => (kind === "year" ? "integer" : "text")

/** A text that is another one where masked values are: it holds no secret. */
export const maskIdentity = (mask: Mask): string => {
  if (mask.kind === "hmac") return `hmac ${mask.key.fingerprint}`
  return mask.kind === "keep" ? `keep ${mask.last}` : mask.kind
}

/** Why a mask has no meaning for values of a type: the second half of a sentence about the column. */
export const maskProblem = ({ kind }: Mask, type: ColumnType): string | undefined => {
  const isTime = type === "date" || type === "timestamp" || type === "timestamptz"
  if (kind === "year" && !isTime && type !== "text") return "has no year; it is neither a date nor a time with one"
  if (kind === "keep" && (type === "blob" || type === "json" || type === "boolean" || type === "real")) {
    return "has no last characters of its own"
  }
  return undefined
}

/** Half of a surrogate pair, which is no text, so that nothing can be told of its value. */
const half = /\p{Surrogate}/u

/** What stands for a value; undefined where it is none that can be read, and its row is to be set aside. */
export const maskValue = (mask: Mask, type: ColumnType): ((value: string) => string | null | undefined) => {
  switch (mask.kind) {
    case "hmac": {
      const token = tokenOf(mask.key, type)
      return (value) => (half.test(value) ? undefined : token(value))
    }
    case "keep":
      return (value) => (half.test(value) ? undefined : keepLast(value, mask.last))
    case "year":
      return yearOf
    default: {
      const blank = blankValue(mask)
      return () => blank
    }
  }
}

/** The token of a value. A double may be printed in more than one way. */
export const tokenOf = (key: MaskKey, type: ColumnType): ((value: string) => string) =>
  type === "real" ? (value) => key.token(String(Number(value))) : (value) => key.token(value)

const keepLast = (value: string, last: number): string => {
  const characters = [...value]
  const kept = Math.min(last, Math.floor(characters.length / 2))
  return kept === 0 ? "****" : `****${characters.slice(-kept).join("")}`
}

/** The year of a date as sources print it; of zero dates, infinity and what lies before our era there is none. */
const yearOf = (value: string): string | null => {
  const year = /^(\d{4,6})-\d\d-\d\d/.exec(value)?.[1]
  if (year === undefined || value.endsWith("BC") || Number(year) === 0) return null
  return String(Number(year))
}
