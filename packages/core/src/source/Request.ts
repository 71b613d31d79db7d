import type { Filter } from "../table/Filter.ts"
import type { KeySpan } from "../table/KeyOrder.ts"
import type { Column, TableSchema, Value } from "../table/Table.ts"

/** From where on rows are read by who wrote them. */
export interface Since {
  /** Rows that a transaction with this id or a later one wrote, its savepoints counted. */
  readonly id: string
  /** And all rows of `TableSchema.parts` that are not among these. */
  readonly parts: ReadonlyArray<string>
}

/** One page to read by keyset: the rows that follow `after` in the order of `order`. */
export interface ReadRequest {
  readonly table: TableSchema
  /** The columns to read, which is the order of a row's values. It holds all of `order`. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** Leaves out rows that were written before; only for a table with `parts`. More rows than these may be read. */
  readonly since?: Since
  /** Reads only rows with keys in these spans, of a source that digests and a table whose keys it does so of. */
  readonly spans?: { readonly key: ReadonlyArray<Column>; readonly within: ReadonlyArray<KeySpan> }
  /** Whether each row has its hash as one value more, by a source that digests; null where it has none. */
  readonly hashed?: boolean
  /**
   * The columns that order the rows, ascending and in the source's own order of their types. Together they tell rows
   * apart, and within `where` none of them is NULL.
   */
  readonly order: ReadonlyArray<string>
  /**
   * The values of `order` in the last row already read, as the source printed them; only rows after it are read.
   * Fewer values than `order` bound that many first columns alone. Undefined reads from the start.
   */
  readonly after: ReadonlyArray<NonNullable<Value>> | undefined
  /** At most so many rows, at least 1. */
  readonly limit: number
  /**
   * About where to end the page, in bytes of its values: a page may be shorter than `limit`, but never empty, because
   * of it. It bounds the memory of wide rows.
   */
  readonly maxBytes: number
}

/** Rows to count by ranges of one column's values. */
export interface CountRequest {
  readonly table: TableSchema
  readonly where: ReadonlyArray<Filter>
  readonly column: Column
  /**
   * Where one range ends and the next begins, ascending in the order of `compareKeys`: a value belongs to the range before
   * the first bound that it does not exceed. Without any list, nothing is asked of the server.
   */
  readonly bounds: ReadonlyArray<NonNullable<Value>> | undefined
  /** Only rows are counted that a read with this `since` may leave out. */
  readonly before: Since
}

/** Rows to read by their keys. */
export interface LookupRequest {
  readonly table: TableSchema
  /** The columns to read, which is the order of a row's values. It holds all of `key`. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** The columns that tell rows apart. */
  readonly key: ReadonlyArray<string>
  /** The values of `key` of each row wanted, as the source printed them: at least one, at most 1000. */
  readonly keys: ReadonlyArray<ReadonlyArray<NonNullable<Value>>>
}

/** A range of keys to sum up. */
export interface SummarizeRequest {
  readonly table: TableSchema
  readonly where: ReadonlyArray<Filter>
  /** The columns that tell rows apart: each of type `integer` or of source type `uuid`. */
  readonly key: ReadonlyArray<Column>
  /** The range: keys above `after`, or from the lowest, up to and with `until`, compared column by column. */
  readonly after: ReadonlyArray<string> | undefined
  readonly until: ReadonlyArray<string>
}
