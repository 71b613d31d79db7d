/** What of a table's state row tells whether a run has been at it. */
interface Held {
  readonly lease: string
  readonly leaseUntil: number
  /** The texts of the positions. */
  readonly position: string | undefined
  readonly nextPosition: string | undefined
}

/** Whether no run holds the table, or died while it did. */
export const isFree = ({ leaseUntil }: Pick<Held, "leaseUntil">): boolean => leaseUntil === 0

/**
 * See `RunState.version`. Each run that holds the table gives it a lease of its own; while one does, the positions move
 * under the same lease.
 */
export const versionOf = (held: Held): string =>
  JSON.stringify([held.lease, isFree(held), held.position, held.nextPosition])
