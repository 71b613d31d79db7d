/**
 * Who of those that replicate from here gets a replica table's rows: everybody, nobody, or for each row the tenant whose name
 * a column has. Columns go by their names in the replica.
 */
export type Fan = "all" | "none" | { readonly column: string }

/** What is kept of the log of changes for those that replicate from here. */
export interface Kept {
  /** In milliseconds. */
  readonly age: number
  readonly entries: number
}

/** That others replicate from here, and what of it. */
export interface Fanning {
  readonly fanOf: (into: string) => Fan
  readonly keep: Kept
}
