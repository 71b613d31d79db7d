/** What of a table's state row tells whether a run has been at it. */
interface Held {
  readonly lease: unknown
  readonly leaseUntil: unknown
  readonly position: unknown
  readonly nextPosition: unknown
}

/** Whether no run holds the table, or died while it did. */
export const isFree = ({ leaseUntil }: { readonly leaseUntil: unknown }): boolean => leaseUntil === 0

/**
 * See `RunState.version`. Each run that holds the table gives it a lease of its own; while one does, the positions move
 * under the same lease.
 */
export const versionOf = ({ lease, leaseUntil, position, nextPosition }: Held): string =>
  JSON.stringify([lease, isFree({ leaseUntil }), position, nextPosition])
