import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Filter } from "../table/Filter.ts"
import { type Column, formatTableName, type Row, type TableSchema } from "../table/Table.ts"
import type { Since } from "./Request.ts"

/** How large a table may be that is read whole. */
export interface Bound {
  readonly rows: number
  /** Of the values as they are read. */
  readonly bytes: number
}

/** A table to read whole: the rows that meet `where`, in any order. */
export interface WholeRequest {
  readonly table: TableSchema
  /** The columns to read, which is the order of a row's values. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** Whether each row has its hash as one value more, by a source that digests; null where it has none. */
  readonly hashed: boolean
  /** No page has more rows, where the source gives pages. */
  readonly pageRows: number
  /** About how many bytes a page may have. */
  readonly pageBytes: number
  /** One row more than so many shows that the table is too large: a source reads no further. */
  readonly most: Bound
}

/** A reading that has begun. All of its pages are of one moment, which is not before it began. */
export interface Reading {
  /** The next rows, at least one; undefined once there are no more, and from then on. Not to be asked after a failure. */
  readonly next: Effect.Effect<ReadonlyArray<Row> | undefined, ConnectorError>
}

/** The reading of a source that gives all rows in one answer. */
export const inOneAnswer = (answer: Effect.Effect<ReadonlyArray<Row>, ConnectorError>): Reading => {
  let isRead = false
  const next = Effect.suspend(() => {
    if (isRead) return Effect.undefined
    isRead = true
    return Effect.map(answer, (rows) => (rows.length === 0 ? undefined : rows))
  })
  return { next }
}

/** What to find out of a table without reading it, of the rows that meet `where`. */
export interface MeasureRequest {
  readonly table: TableSchema
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** Only rows in which one of these columns is NULL. */
  readonly lacking?: ReadonlyArray<string>
  /** Whether to tell the bytes, which costs more than to count. */
  readonly weighed: boolean
  /** Whether to digest the rows too, by a source that digests. */
  readonly digested: boolean
  /** Counts the rows too that were written since, of a table with `parts`. */
  readonly since?: Since
  /** No more rows are looked at than one more than these; all of them without it. */
  readonly most: number | undefined
}

/** What a table measures. */
export interface Measure {
  /** Undefined where there are no more than was asked for, and they were not counted. Without a bound they are. */
  readonly rows: number | undefined
  /** About how many bytes the values have, where that was asked for and the source can tell. */
  readonly bytes?: number
  /** How many of them were written since. */
  readonly written?: number
  /** The sum of the rows' hashes as numbers, in digits; none where a row has no hash. */
  readonly digest?: string
}

const megabytes = (bytes: number): string => `${Number((bytes / 1e6).toPrecision(3))} MB`

/**
 * The failure of a table that is too large to be read whole. `found` says what it has, after its name, and `raise` what else
 * may be done about it than to give it a key.
 */
export const tooLarge = (table: TableSchema, { found, raise }: { readonly found: string; readonly raise: string }) => {
  const add =
    table.addKey === undefined
      ? "Name columns in key that are unique together"
      : `Give the table a key at the source (${table.addKey})`
  return new ConnectorError({
    code: "too-large",
    message: `${formatTableName(table.name)} ${found}, and has no key by which it could be read in parts`,
    hint: `${add}, or ${raise}.`,
  })
}

/** The same of one that is larger than its config allows. */
export const beyondBound = (table: TableSchema, { rows, bytes }: Bound, most: Bound): ConnectorError => {
  const isLong = rows > most.rows
  const found = [
    ...(isLong ? [`more than ${most.rows} row${most.rows === 1 ? "" : "s"}`] : []),
    ...(bytes > most.bytes ? [`more than ${megabytes(most.bytes)}`] : []),
  ]
  const wanted = JSON.stringify({ whole: isLong ? { rows: most.rows * 10 } : { bytes: most.bytes * 10 } }).slice(1, -1)
  return tooLarge(table, {
    found: `has ${found.join(" and ")}`,
    raise: `raise the bound where it is configured, such as ${wanted}`,
  })
}
