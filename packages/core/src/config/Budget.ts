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

/** What of a budget has been used. */
export interface Spending {
  readonly budget: Budget
  readonly startedAt: number
  rows: number
  bytes: number
  queries: number
}

/** Begins to spend a budget now. */
export const beginSpending = (budget: Budget): Effect.Effect<Spending> =>
  Effect.map(Clock.currentTimeMillis, (startedAt) => ({ budget, startedAt, rows: 0, bytes: 0, queries: 0 }))

/** Whether rows, bytes or queries are used up; the time is each table's own deadline. */
export const isSpent = ({ budget, rows, bytes, queries }: Spending): boolean =>
  rows >= budget.rows || bytes >= budget.bytes || queries >= budget.queries
