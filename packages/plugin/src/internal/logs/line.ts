import * as Effect from "effect/Effect"

/** What a line of the log tells of. */
export type Event =
  /** A run changed rows, or left more to read. */
  | "table.run"
  /** A run failed: for the first time since one that did not, or still. */
  | "table.failing"
  | "table.recovered"
  | "table.paused"
  | "table.resumed"
  | "table.reset"
  | "log.dropped"
  /** An operator let the deletions go on that the guard had stopped. */
  | "table.confirmed"
  /** The columns or the key at the source are others than the replica's. */
  | "table.drift"
  /** Something speaks against the cursor, as the first run of the replica found. */
  | "table.caution"
  /** All rows are read again, because the source is not in the state in which it was left. */
  | "table.anew"
  /** A replica that was built anew is the one that readers see now. */
  | "table.rebuilt"
  /** A verification is complete. */
  | "table.verified"
  /** The source failed as a whole: none of its tables is tried until `retryAt`. */
  | "source.down"
  | "source.up"
  /** A run that nobody waited for failed as a whole. */
  | "run.failed"
  /** A defect of this project. */
  | "defect"

/** The fields of a line beside `time`, `level`, `logger` and `event`. None may hold a secret or a row's values. */
export interface Fields {
  readonly source?: string | undefined
  /** The replica table. */
  readonly table?: string
  readonly read?: number
  readonly written?: number
  readonly deleted?: number
  readonly rejected?: number
  readonly pages?: number
  readonly more?: boolean
  readonly millis?: number
  readonly code?: string
  readonly message?: string
  readonly hint?: string
  /** Failures in a row. */
  readonly failures?: number
  /** How many lines like this one were left out since the last. */
  readonly omitted?: number
  /** ISO 8601, in UTC. */
  readonly retryAt?: string
  /** Rows that a verification compared, found to differ, found to differ at first alone, and mended. */
  readonly checked?: number
  readonly differing?: number
  readonly settled?: number
  readonly repaired?: number
  /** The columns that the replica goes on without. */
  readonly columns?: ReadonlyArray<string>
  /** Where in the code a defect arose; its words may hold anything, and are left out. */
  readonly stack?: ReadonlyArray<string>
}

/** What this project logs; the logger prints the fields of nothing else. */
export class Line {
  readonly event: Event
  readonly fields: Fields

  constructor(event: Event, fields: Fields) {
    this.event = event
    this.fields = fields
  }
}

const levels = { info: Effect.logInfo, warn: Effect.logWarning, error: Effect.logError }

/** Logs a line. */
export const log = (level: keyof typeof levels, event: Event, fields: Fields): Effect.Effect<void> =>
  levels[level](new Line(event, fields))
