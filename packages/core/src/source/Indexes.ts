import type { TableName } from "../table/Table.ts"

/** An index of a source's table. */
export interface SourceIndex {
  readonly name: string
  /** In the order of the index; empty where it is over more than columns. */
  readonly columns: ReadonlyArray<{ readonly name: string; readonly descending: boolean }>
  /** Why it is none that an index over columns alone would stand for: the second half of a sentence about the index. */
  readonly unfit?: string
}

/** Columns whose values are those of another table's columns. */
export interface Relation {
  readonly name: string
  readonly columns: ReadonlyArray<string>
  /** Its columns are none where the key of the other table is meant. */
  readonly references: { readonly table: TableName; readonly columns: ReadonlyArray<string> }
}

/** What a source says of a table beside its columns and its key. */
export interface Structure {
  readonly indexes: ReadonlyArray<SourceIndex>
  /** The foreign keys that it declares. No sink enforces them. */
  readonly relations: ReadonlyArray<Relation>
}
