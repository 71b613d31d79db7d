/** How many rows of a table to ask for at a time, learned from the answers of the run. */
export interface Pace {
  /** Rows to ask for, at least 1. */
  readonly limit: (wanted: number, maxBytes: number) => number
  /** Notes an answer: its rows, the bytes of their values and its length in characters. */
  readonly took: (answer: { readonly rows: number; readonly bytes: number; readonly characters: number }) => void
  /** Notes that so many rows took too long; false where it could not have been fewer. */
  readonly tooSlow: (limit: number) => boolean
}

/** Nothing is known of a table's rows yet: each may be of a megabyte. */
const firstLimit = 50

/** How fast pages may grow: the rows to come may be wider than those that came. */
const growth = 10

/** How many characters to take of an answer whose values may have so many bytes: JSON repeats the names in each row. */
export const charactersFor = (maxBytes: number): number => maxBytes * 3 + 65_536

export const makePace = (): Pace => {
  let bytesPerRow = 1
  let charactersPerRow = 1
  let reach = firstLimit
  /** Fewest rows that were too slow, and the most to ask for because of it. */
  let slow = Number.POSITIVE_INFINITY
  let ceiling = Number.POSITIVE_INFINITY

  return {
    limit: (wanted, maxBytes) => {
      const fitting = Math.min(maxBytes / bytesPerRow, (charactersFor(maxBytes) * 0.9) / charactersPerRow)
      return Math.max(1, Math.min(wanted, ceiling, reach, Math.ceil(fitting)))
    },
    took: ({ rows, bytes, characters }) => {
      if (rows === 0) return
      bytesPerRow = Math.max(1, bytes / rows)
      charactersPerRow = Math.max(1, characters / rows)
      reach = Math.max(reach, rows * growth)
      if (rows >= ceiling) ceiling = Math.min(ceiling * 2, Math.ceil(slow / 2))
    },
    tooSlow: (limit) => {
      slow = Math.min(slow, limit)
      ceiling = Math.max(1, Math.floor(limit / 5))
      return limit > 1
    },
  }
}
