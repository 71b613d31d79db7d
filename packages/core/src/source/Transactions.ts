/** Which transactions are in flight at a source, by ids that grow in the order in which they are given. */
export interface Transactions {
  /** The next id to be given. */
  readonly next: string
  /** The ids of those in flight, of which all writes of finished ones are visible. */
  readonly open: ReadonlyArray<string>
  /**
   * Any id from this one on may be in flight or may have ended: a standby knows no more. Without it, those in `open` are
   * in flight and no others.
   */
  readonly unsureFrom?: string
  /** How far what the source shows lies behind where rows are written, in milliseconds; without it, not at all. */
  readonly behind?: number
  /**
   * What gives the ids, and in which course of events: under another text no id says anything of what was seen before.
   * Without it ids are not used to tell which rows were written since.
   */
  readonly history?: string
  /** The lowest id that `ReadRequest.since` may name; without it, any. */
  readonly horizon?: string
}

/** All transactions below this id have ended. */
export const oldestOf = ({ next, open, unsureFrom }: Transactions): string =>
  String(lowestId([...open, ...(unsureFrom === undefined ? [] : [unsureFrom]), next]))

/** Whether any transaction is, or may be, in flight. */
export const isAnyOpen = ({ open, unsureFrom }: Transactions): boolean => open.length > 0 || unsureFrom !== undefined

/** Those of some transactions that are, or may be, in flight later on. */
export const stillOpen = ({ next, open, unsureFrom }: Transactions, now: Transactions): Transactions => {
  const still = new Set(now.open)
  const isUnsure = (id: string) => now.unsureFrom !== undefined && BigInt(id) >= BigInt(now.unsureFrom)
  const left = { next, open: open.filter((id) => still.has(id) || isUnsure(id)) }
  const least = lowestId([...now.open, ...(now.unsureFrom === undefined ? [] : [now.unsureFrom])])
  // All below the lowest one that is left have ended.
  if (unsureFrom === undefined || least === undefined || least >= BigInt(next)) return left
  return { ...left, unsureFrom: least > BigInt(unsureFrom) ? String(least) : unsureFrom }
}

/** The lowest of ids, which are whole numbers of any length. */
export const lowestId = (ids: ReadonlyArray<string>): bigint | undefined =>
  ids.reduce<bigint | undefined>(
    (least, id) => (least === undefined || BigInt(id) < least ? BigInt(id) : least),
    undefined,
  )
