import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** What a wake-up may use before it leaves the rest to the next one. At least one page of a table always is read. */
export interface Budget {
  readonly millis: number
  readonly rows: number
  readonly bytes: number
  /** Queries at the sources. */
  readonly queries: number
}

/** Ends a run early, at the next page, as an `AbortSignal` of whoever is about to end the process. */
export interface Stop {
  readonly aborted: boolean
}

/** What of a budget has been used. */
export interface Spending {
  readonly budget: Budget
  readonly stop?: Stop | undefined
  readonly startedAt: number
  rows: number
  bytes: number
  queries: number
}

/** Begins to spend a budget now. */
export const beginSpending = (budget: Budget, stop?: Stop): Effect.Effect<Spending> =>
  Effect.map(Clock.currentTimeMillis, (startedAt) => ({ budget, stop, startedAt, rows: 0, bytes: 0, queries: 0 }))

/** Whether rows, bytes or queries are used up, or there is a stop; the time is each table's own deadline. */
export const isSpent = ({ budget, stop, rows, bytes, queries }: Spending): boolean =>
  stop?.aborted === true || rows >= budget.rows || bytes >= budget.bytes || queries >= budget.queries
