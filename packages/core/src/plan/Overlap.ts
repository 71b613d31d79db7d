import type { Column } from "../table/Table.ts"

/**
 * How far behind its trail a tail begins, for rows that became visible late without the trail knowing: milliseconds
 * where the cursor is a time, values where it is an integer or a decimal.
 */
export interface Overlap {
  readonly millis: number
  readonly values: bigint
}

/** What a table overlaps by default, where its source cannot tell which transactions are in flight. */
export const defaultOverlap: Overlap = { millis: 60_000, values: 1000n }

/** The same for a source that can: only a transaction that was begun long before it first wrote needs it. */
export const defaultOverlapWithTransactions: Overlap = { millis: 10_000, values: 100n }

const dayMillis = 86_400_000

/** A cursor value moved back by an overlap; the same where its type, or its value, cannot be reckoned with. */
export const moveBack = (cursor: Column, from: string, { millis, values }: Overlap): string => {
  switch (cursor.type) {
    case "timestamptz":
    case "timestamp": {
      const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z?$/.test(from)
        ? Date.parse(`${from.slice(0, 23)}Z`)
        : Number.NaN
      if (Number.isNaN(time) || millis === 0) return from
      return `${formatMillis(time - millis)}${cursor.type === "timestamptz" ? "Z" : ""}`
    }
    case "date": {
      const time = /^\d{4}-\d\d-\d\d$/.test(from) ? Date.parse(from) : Number.NaN
      if (Number.isNaN(time) || millis === 0) return from
      return formatMillis(time - Math.ceil(millis / dayMillis) * dayMillis).slice(0, 10)
    }
    case "integer":
    case "unsigned":
    case "decimal": {
      // Of a fraction, the integer below it: a little further back is never wrong.
      const [, whole, fraction] = /^(-?\d+)(?:\.(\d+))?$/.exec(from) ?? []
      if (whole === undefined) return from
      const floor = BigInt(whole) - (from.startsWith("-") && fraction !== undefined ? 1n : 0n)
      const least = cursor.type === "integer" ? -(2n ** 63n) : cursor.type === "unsigned" ? 0n : undefined
      const moved = floor - values
      return String(least !== undefined && moved < least ? least : moved)
    }
    default:
      return from
  }
}

/** The canonical text of a time, without its zone. */
const formatMillis = (millis: number): string =>
  `${new Date(Math.max(millis, -62_135_596_800_000)).toISOString().slice(0, 23)}000`

/** Which unit a cursor's overlap has, or undefined where it can have none. */
export const overlapUnit = (cursor: Column): "millis" | "values" | undefined => {
  switch (cursor.type) {
    case "timestamptz":
    case "timestamp":
    case "date":
      return "millis"
    case "integer":
    case "unsigned":
    case "decimal":
      return "values"
    default:
      return undefined
  }
}
