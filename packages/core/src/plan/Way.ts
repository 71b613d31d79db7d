/** How changed rows of a table are found, and why so. */
export interface Way {
  /**
   * `snapshot`: by the transactions that wrote them, all of them at each pull. `cursor`: by the cursor. `cursor and
   * snapshot`: by the cursor, and what it does not show now and then by the other way. `digests`: by digests of ranges of
   * keys, of which those that differ are read. `scan`: all rows are read and compared.
   */
  readonly by: "snapshot" | "cursor" | "cursor and snapshot" | "digests" | "scan"
  /** A sentence without its full stop. */
  readonly why: string
}

/** What a way follows from. */
export interface WayOptions {
  readonly hasCursor: boolean
  /** Whether rows tell which transaction wrote them. */
  readonly tells: boolean
  /** Whether the source digests ranges of its keys. */
  readonly isDigested?: boolean
  /** Why they do not, where the source says so: see `TableSchema.untold`. */
  readonly untold?: string | undefined
}

export const wayOf = ({ hasCursor, tells, isDigested, untold }: WayOptions): Way => {
  if (tells) {
    const told = "its rows tell which transaction wrote them"
    return hasCursor
      ? { by: "cursor and snapshot", why: `a cursor is named, and ${told}, which shows what the cursor does not` }
      : { by: "snapshot", why: told }
  }
  const silent = untold === undefined ? "its rows do not tell which transaction wrote them" : `it ${untold}`
  if (hasCursor) return { by: "cursor", why: `a cursor is named; ${silent}` }
  return isDigested === true
    ? { by: "digests", why: "no cursor is named, and its source digests ranges of keys" }
    : { by: "scan", why: `no cursor is named, and ${silent}` }
}
