/** Which transactions are in flight at a source, by ids that grow in the order in which they are given. */
export interface Transactions {
  /** The next id to be given. */
  readonly next: string
  /** The ids of those in flight, of which all writes of finished ones are visible. */
  readonly open: ReadonlyArray<string>
}
