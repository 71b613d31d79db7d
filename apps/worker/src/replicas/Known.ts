/** What is being done with a replica. */
export type Todo = "make" | "refresh" | "delete"

/** A replica as the hub knows it. Times are in milliseconds since 1970. */
export interface Known {
  readonly name: string
  /** Which of those that had its name. */
  readonly made: number
  /** False of one that was deleted: it is refused. */
  readonly isLive: boolean
  readonly since: number
  readonly todo: Todo | undefined
  /** All of the hub's log up to here was told to it; undefined where it was never loaded whole. */
  readonly told: { readonly epoch: string; readonly seq: number; readonly at: number } | undefined
  readonly error: { readonly message: string; readonly at: number } | undefined
}

/** The last time that many replicas were made, refreshed or deleted. */
export interface Sweep {
  readonly total: number
  readonly left: number
  readonly startedAt: number
  readonly workflow: string | undefined
}

/** For how many milliseconds a replica is behind its hub: 0 where it has been told all, undefined where it was never loaded. */
export type Lag = number | undefined
