import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** What a wake-up may use before it leaves the rest to the next one. At least one row of a table always is read. */
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
  /** The tables that have not begun yet, among which the rest is shared. */
  waiting: number
}

/** Begins to spend a budget now. */
export const beginSpending = (budget: Budget, stop?: Stop): Effect.Effect<Spending> =>
  Effect.map(Clock.currentTimeMillis, (startedAt) => ({
    budget,
    stop,
    startedAt,
    rows: 0,
    bytes: 0,
    queries: 0,
    waiting: 0,
  }))

/** Whether rows, bytes or queries are used up, or there is a stop; the time is each table's own deadline. */
export const isSpent = ({ budget, stop, rows, bytes, queries }: Spending): boolean =>
  stop?.aborted === true || rows >= budget.rows || bytes >= budget.bytes || queries >= budget.queries

/** What one table may use, so that none leaves nothing for the others. */
export interface Share {
  readonly of: Spending
  rows: number
  bytes: number
  /** The queries of all at which it ends. */
  readonly queries: number
}

/** The share of a table that begins now: as much as each of those that wait still gets, itself among them. */
export const beginShare = (spending: Spending): Share => {
  const { budget, rows, bytes, queries } = spending
  const tables = Math.max(1, spending.waiting)
  spending.waiting = tables - 1
  return {
    of: spending,
    rows: Math.max(0, budget.rows - rows) / tables,
    bytes: Math.max(0, budget.bytes - bytes) / tables,
    queries: queries + Math.max(0, budget.queries - queries) / tables,
  }
}

/** Notes what a page has used. */
export const spend = (share: Share, rows: number, bytes: number): void => {
  share.of.rows += rows
  share.of.bytes += bytes
  share.rows -= rows
  share.bytes -= bytes
}

/** Whether a share is used up, or there is a stop. */
export const isUsedUp = ({ of, rows, bytes, queries }: Share): boolean =>
  of.stop?.aborted === true || rows <= 0 || bytes <= 0 || of.queries >= queries

/** How many rows, and about how many bytes, the next page may have by a share: at least one. */
export const leftOf = ({ rows, bytes }: Share): { readonly rows: number; readonly bytes: number } => ({
  rows: Math.max(1, Math.ceil(rows)),
  bytes: Math.max(1, Math.ceil(bytes)),
})
