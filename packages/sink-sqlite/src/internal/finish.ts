import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { ConnectorError, type Outcome, type Retry } from "@starbase-replication/core/sink"

/** A run that found nothing is noted only where the last noted one is older than this, in milliseconds. */
const heartbeat = 60_000

/** A retry as the two columns `retry_at` and `blocked_by`. */
export const retryParams = (retry: Retry | undefined): readonly [at: number | null, blockedBy: string | null] => [
  retry?.at ?? null,
  retry?.blockedBy ?? null,
]

/** Whether a run that changed nothing has something to tell: an error, its end, more to read, or that all is well. */
export const isWorthNoting = (
  start: { readonly lastRunAt: number | undefined; readonly isClean: boolean },
  outcome: Outcome,
  now: number,
): boolean => outcome.error !== undefined || outcome.more || !start.isClean || now - (start.lastRunAt ?? 0) >= heartbeat

/** The run that ends. */
export interface EndingRun {
  readonly into: string
  readonly token: string
  readonly previous: string
  readonly startedAt: number
  readonly endedAt: number
  readonly rejected: number
}

/** Notes how a run ended and gives its table free, unless another run has taken it. */
export const finishRun = Effect.fnUntraced(function* (database: Database, run: EndingRun, outcome: Outcome) {
  const error = outcome.error === undefined ? null : JSON.stringify(outcome.error)
  const rows = yield* database.query(
    `UPDATE tmp_replication_tables SET
      lease = ?5, lease_until = 0,
      read = CAST(?1 AS INTEGER), pages = CAST(?2 AS INTEGER), rejected = CAST(?3 AS INTEGER), more = CAST(?4 AS INTEGER),
      written = iif(lease = ?5, written, 0), deleted = iif(lease = ?5, deleted, 0),
      last_run_at = CAST(?6 AS INTEGER), last_ended_at = CAST(?7 AS INTEGER),
      last_success_at = iif(?8 IS NULL, CAST(?7 AS INTEGER), last_success_at),
      synced_at = coalesce(CAST(?9 AS INTEGER), synced_at),
      error_since = iif(?8 IS NULL, NULL, coalesce(error_since, CAST(?7 AS INTEGER))),
      failures = iif(?8 IS NULL, 0, failures + 1),
      retry_at = CAST(?12 AS INTEGER), blocked_by = ?13,
      error = ?8
    WHERE name = ?10 AND (lease = ?5 OR (lease = ?11 AND lease_until <= CAST(?7 AS INTEGER)))
    RETURNING name`,
    outcome.read,
    outcome.pages,
    run.rejected,
    outcome.more ? 1 : 0,
    run.token,
    run.startedAt,
    run.endedAt,
    error,
    outcome.syncedAt ?? null,
    run.into,
    run.previous,
    ...retryParams(outcome.retry),
  )
  if (rows.length === 0 && outcome.error === undefined) {
    return yield* new ConnectorError({ code: "lease-lost", message: `Another run has taken "${run.into}".` })
  }
})
