/** How changed rows of a table are found, and why so. */
export interface Way {
  /**
   * `snapshot`: by the transactions that wrote them, all of them at each pull. `cursor`: by the cursor. `cursor and
   * snapshot`, `cursor and ranges`: by the cursor, and what it does not show now and then by the other way. `ranges`: by
   * digests of ranges of keys. `scan`: all rows are read and compared. `log`: by the source's log of all changes. `whole`:
   * there is no key to tell rows apart by, so that all of them are read as of one moment, and replace the replica where
   * something changed.
   */
  readonly by: "snapshot" | "cursor" | "cursor and snapshot" | "cursor and ranges" | "ranges" | "scan" | "log" | "whole"
  /** A sentence without its full stop. */
  readonly why: string
}

/** What a way follows from. */
export interface WayOptions {
  readonly hasCursor: boolean
  /** Whether rows tell which transaction wrote them. */
  readonly tells: boolean
  /** Why they do not, where the source says so: see `TableSchema.untold`. */
  readonly untold?: string | undefined
  /** Whether the source digests ranges of the table's keys. */
  readonly digests?: boolean
  /** Whether the table has no key. */
  readonly isWhole?: boolean
  /** That the source's log tells its changes, or the second half of a sentence about why it does not. */
  readonly log?: { readonly unserved: string | undefined } | undefined
}

const wholeWay = ({ tells, digests }: WayOptions): Way => {
  const told = tells
    ? "where its rows, by who wrote them and how many they are, tell that something changed"
    : digests === true
      ? "where the source's digest tells that something changed"
      : "at each pull, and written where something changed"
  return { by: "whole", why: `it has no key, so that all of its rows are read, as of one moment, ${told}` }
}

export const wayOf = ({ log, ...options }: WayOptions): Way => {
  if (options.isWhole === true) return wholeWay(options)
  if (log === undefined) return wayWithoutLog(options)
  if (log.unserved === undefined) return { by: "log", why: "the source's log tells every change of it" }
  const { by, why } = wayWithoutLog(options)
  return { by, why: `the log does not serve it, because it ${log.unserved}; ${why}` }
}

const wayWithoutLog = ({ hasCursor, tells, untold, digests = false }: WayOptions): Way => {
  if (tells) {
    const told = "its rows tell which transaction wrote them"
    return hasCursor
      ? { by: "cursor and snapshot", why: `a cursor is named, and ${told}, which shows what the cursor does not` }
      : { by: "snapshot", why: told }
  }
  const silent = untold === undefined ? "its rows do not tell which transaction wrote them" : `it ${untold}`
  if (hasCursor && digests) {
    const shown = "the source tells which ranges of keys are other ones, which shows what the cursor does not"
    return { by: "cursor and ranges", why: `a cursor is named, and ${shown}` }
  }
  if (hasCursor) return { by: "cursor", why: `a cursor is named; ${silent}` }
  return digests
    ? { by: "ranges", why: "no cursor is named, and the source tells which ranges of keys are other ones" }
    : { by: "scan", why: `no cursor is named, and ${silent}` }
}
