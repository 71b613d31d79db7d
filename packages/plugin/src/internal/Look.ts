/**
 * The last run of a table that read it to its end, and what was stored of the table around it. A run that finds nothing
 * is stored once a minute at most, since each time would be billed: by what is stored alone a table would be due again
 * and again in between, and its replica older than it is.
 */
export interface Look {
  readonly table: string
  readonly version: string
  readonly lastRunAt: number | undefined
  /** When the run began. */
  readonly at: number
  /** The replica holds everything that was visible at the source then. */
  readonly syncedAt: number | undefined
  /** The columns that a frozen replica goes on without. */
  readonly frozen: ReadonlyArray<string>
}
