import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { columnsOf, flag, given } from "./columns.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { retryParams } from "./finish.ts"
import { dropTriggers } from "./changes/triggers.ts"
import { dropFeeds } from "./log/store.ts"
import { identifier, literal } from "./quote.ts"
import { liveTarget, nextTarget } from "./replicaTable.ts"
import { makeStore, openStore } from "./store.ts"
import { ConnectorError, type ErrorDescription, type Retry } from "@starbase-replication/core/sink"

/** Notes a failure of a table whose run could not begin. */
export const fail = Effect.fn("SinkSqlite.fail")(function* (
  database: Database,
  table: { readonly into: string; readonly source: string; readonly sourceTable: string },
  error: ErrorDescription,
  retry: Retry,
) {
  if (!(yield* openStore(database))) yield* makeStore(database)
  const now = yield* Clock.currentTimeMillis
  yield* database.query(
    `INSERT INTO tmp_replication_tables AS t (name, source, source_table, last_run_at, last_ended_at, error, error_since, failures, retry_at, blocked_by)
      VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?4 AS INTEGER), ?5, CAST(?4 AS INTEGER), 1, CAST(?6 AS INTEGER), ?7)
      ON CONFLICT (name) DO UPDATE SET
        last_run_at = excluded.last_run_at, last_ended_at = excluded.last_ended_at, error = excluded.error,
        error_since = coalesce(t.error_since, excluded.error_since), failures = t.failures + 1,
        retry_at = excluded.retry_at, blocked_by = excluded.blocked_by,
        read = 0, written = 0, deleted = 0, rejected = 0, pages = 0
      WHERE t.lease_until <= CAST(?4 AS INTEGER)`,
    table.into,
    table.source,
    table.sourceTable,
    now,
    JSON.stringify(error),
    ...retryParams(retry),
  )
})

/** Notes that a source failed as a whole, or that it does again. */
export const noteSource = Effect.fn("SinkSqlite.noteSource")(function* (
  database: Database,
  source: string,
  failure: { readonly error: ErrorDescription; readonly retryAt: number } | undefined,
) {
  if (!(yield* openStore(database))) yield* makeStore(database)
  if (failure === undefined) {
    yield* database.query(`DELETE FROM tmp_replication_sources WHERE name = ?`, source)
    return
  }
  yield* database.query(
    `INSERT INTO tmp_replication_sources AS s (name, failures, retry_at, error, error_since)
      VALUES (?, 1, CAST(? AS INTEGER), ?, CAST(? AS INTEGER))
      ON CONFLICT (name) DO UPDATE SET failures = s.failures + 1, retry_at = excluded.retry_at, error = excluded.error`,
    source,
    failure.retryAt,
    JSON.stringify(failure.error),
    yield* Clock.currentTimeMillis,
  )
})

/** Pauses a table, or lets it go on as if it had not failed. */
export const setPaused = Effect.fn("SinkSqlite.setPaused")(function* (
  database: Database,
  into: string,
  paused: boolean,
) {
  if (!(yield* openStore(database))) return false
  const rows = yield* database.query(
    `UPDATE tmp_replication_tables SET paused = ${paused ? "1" : "0, retry_at = NULL, blocked_by = NULL"}
      WHERE name = ? RETURNING name`,
    into,
  )
  return rows.length > 0
})

/** Allows a reconciliation that the guard has stopped to go on. */
export const confirm = Effect.fn("SinkSqlite.confirm")(function* (database: Database, into: string) {
  if (!(yield* openStore(database))) return false
  const now = yield* Clock.currentTimeMillis
  const rows = yield* database.query(
    `UPDATE tmp_replication_tables
      SET reconciliation = json_set(reconciliation, '$.confirmed', json('true')), retry_at = NULL, blocked_by = NULL
      WHERE name = ?1 AND lease_until <= CAST(?2 AS INTEGER) AND reconciliation IS NOT NULL RETURNING name`,
    into,
    now,
  )
  if (rows.length > 0) return true
  const [held] = yield* database.query(
    `SELECT 1 FROM tmp_replication_tables WHERE name = ? AND lease_until > CAST(? AS INTEGER)`,
    into,
    now,
  )
  return held === undefined ? false : yield* busy(into)
})

const busy = (into: string) =>
  Effect.fail(new ConnectorError({ code: "busy", message: `A run of "${into}" is under way.` }))

/** Whether a table that is reset was made by the sink. */
const reclaimed = columnsOf({ isOurs: given("plan IS NOT NULL", flag) })

/** Drops the replica table and all that is known of it; false where nothing is. */
export const reset = Effect.fn("SinkSqlite.reset")(function* (database: Database, into: string, leaseMillis: number) {
  if (!(yield* openStore(database))) return false
  const now = yield* Clock.currentTimeMillis
  const token = crypto.randomUUID()
  const rows = yield* database.query(
    `UPDATE tmp_replication_tables SET lease = ?1, lease_until = CAST(?2 AS INTEGER)
      WHERE name = ?3 AND NOT (lease_until > CAST(?4 AS INTEGER) AND lease_until <= 2 * CAST(?2 AS INTEGER) - CAST(?4 AS INTEGER))
      RETURNING ${reclaimed.select}`,
    token,
    now + leaseMillis,
    into,
    now,
  )
  const [row] = yield* reclaimed.decode(rows)
  if (row === undefined) {
    const [known] = yield* database.query(`SELECT 1 FROM tmp_replication_tables WHERE name = ?`, into)
    return known === undefined ? false : yield* busy(into)
  }
  const next = nextTarget(into)
  yield* fenced(database, into, token)(
    ...dropFeeds(into),
    ...[liveTarget(into), next].map(({ view }) => `DROP VIEW IF EXISTS ${identifier(view)}`),
    `DROP TABLE IF EXISTS ${identifier(next.table)}`,
    ...(row.isOurs ? [`DROP TABLE IF EXISTS ${identifier(into)}`] : dropTriggers(into)),
    ...["rejects", "suspects", "differences", "ranges", "tables"].map(
      (name) => `DELETE FROM tmp_replication_${name} WHERE name = ${literal(into)}`,
    ),
  )
  return true
})
