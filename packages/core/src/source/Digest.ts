import type { Filter } from "../table/Filter.ts"
import type { Key } from "../table/Key.ts"
import type { KeySpan } from "../table/KeyOrder.ts"
import type { Column, TableSchema } from "../table/Table.ts"

/** Ranges of keys to digest, of the rows that meet `where`. */
export interface DigestRequest {
  readonly table: TableSchema
  /** The columns that a row's hash is of, in this order. */
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  /** The columns that tell rows apart. */
  readonly key: ReadonlyArray<Column>
  /** The keys that are digested, all of them together. */
  readonly span: KeySpan
  /**
   * Where one range ends and the next begins, ascending in the order of `compareKeys`: a key belongs to the range before
   * the first bound that it does not exceed. One bound makes two ranges. Without any list, nothing is asked of the server.
   */
  readonly bounds: ReadonlyArray<Key> | undefined
}

/** A digest of the rows of one range. Of a range without rows there may be none. */
export interface RangeDigest {
  /** The place of the range: how many bounds its keys exceed. */
  readonly range: number
  readonly count: number
  /** The XOR of the rows' hashes, each 16 lower-case hexadecimal digits; null where a row has no hash. */
  readonly digest: string | null
}
