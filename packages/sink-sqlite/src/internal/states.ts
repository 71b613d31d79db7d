import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Database } from "./database.ts"
import { identifier } from "./quote.ts"
import { hasStateTables } from "./stateTables.ts"
import { versionOf } from "./version.ts"
import {
  type ConnectorError,
  decodePosition,
  type ErrorDescription,
  type HistoryEntry,
  type RunState,
  type SourceState,
  type TableState,
} from "@starbase-replication/core/sink"

const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** When each known table last ran. */
export const runs = (database: Database, leaseMillis: number): Effect.Effect<ReadonlyArray<RunState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(`SELECT ${runColumns} FROM tmp_replication_tables`)
    return rows.map((row) => toRunState(row, now, leaseMillis))
  })

/** What {@link toRunState} reads. */
const runColumns =
  "name, source, source_table, synced_at, lease, last_run_at, lease_until, more, failures, retry_at, blocked_by, paused, " +
  "position, next_position"

const toRunState = (row: ReadonlyArray<unknown>, now: number, leaseMillis: number): RunState => {
  const [name, source, sourceTable, syncedAt, lease, lastRunAt, leaseUntil, more, failures, retryAt, ...rest] = row
  const [blockedBy, paused, position, nextPosition] = rest
  return {
    table: String(name),
    source: String(source),
    sourceTable: String(sourceTable),
    syncedAt: number(syncedAt),
    version: versionOf({ lease, leaseUntil, position, nextPosition }),
    lastRunAt: number(lastRunAt),
    running: Number(leaseUntil) > now && Number(leaseUntil) <= now + leaseMillis,
    more: more === 1,
    failures: Number(failures),
    retryAt: number(retryAt),
    blockedBy: text(blockedBy),
    paused: paused === 1,
  }
}

/** How the sources do that failed as a whole. */
export const sources = (database: Database): Effect.Effect<ReadonlyArray<SourceState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const rows = yield* database.query(
      `SELECT name, failures, retry_at, error, error_since FROM tmp_replication_sources`,
    )
    return rows.map(([source, failures, retryAt, error, errorSince]) => ({
      source: String(source),
      failures: Number(failures),
      retryAt: Number(retryAt),
      error: parseError(String(error)),
      errorSince: Number(errorSince),
    }))
  })

/** The last runs that changed or failed, the newest first. */
export const history = (
  database: Database,
  { table, limit }: { readonly table: string | undefined; readonly limit: number },
): Effect.Effect<ReadonlyArray<HistoryEntry>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const rows = yield* database.query(
      `SELECT name, started_at, ended_at, read, written, deleted, rejected, pages, more, error
        FROM tmp_replication_history WHERE ?1 IS NULL OR name = ?1 ORDER BY id DESC LIMIT CAST(?2 AS INTEGER)`,
      table ?? null,
      limit,
    )
    return rows.map(([name, startedAt, endedAt, read, written, deleted, rejected, pages, more, error]) => ({
      table: String(name),
      startedAt: Number(startedAt),
      endedAt: Number(endedAt),
      read: Number(read),
      written: Number(written),
      deleted: Number(deleted),
      rejected: Number(rejected),
      pages: Number(pages),
      more: more === 1,
      error: text(error) === undefined ? undefined : parseError(String(error)),
    }))
  })

/** Where each known table stands. */
export const states = (
  database: Database,
  leaseMillis: number,
): Effect.Effect<ReadonlyArray<TableState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(
      `SELECT
        position, last_success_at, error, error_since,
        reconciled_at, next_plan IS NOT NULL, drift, verified_at, verification IS NOT NULL,
        (SELECT count(*) FROM tmp_replication_differences d WHERE d.name = t.name),
        (SELECT count(*) FROM tmp_replication_rejects r WHERE r.name = t.name),
        plan IS NOT NULL AND EXISTS (
          SELECT 1 FROM sqlite_master m WHERE m.type = 'table' AND lower(m.name) = lower(t.name)),
        ${runColumns}
      FROM tmp_replication_tables t ORDER BY name`,
    )
    return yield* Effect.forEach(rows, (row) => toState(database, row, now, leaseMillis))
  })

const toState = Effect.fnUntraced(function* (
  database: Database,
  row: ReadonlyArray<unknown>,
  now: number,
  leaseMillis: number,
): Effect.fn.Return<TableState, ConnectorError> {
  const [position, lastSuccessAt, error, errorSince, ...compared] = row
  const [reconciledAt, isRebuilding, drift, verifiedAt, isVerifying, differences, rejects, isThere, ...run] = compared
  const state = toRunState(run, now, leaseMillis)
  const [count] = isThere === 1 ? yield* database.query(`SELECT count(*) FROM ${identifier(state.table)}`) : []
  return {
    ...state,
    position: typeof position === "string" ? decodePosition(position) : undefined,
    rows: number(count?.[0]) ?? 0,
    rejects: Number(rejects),
    rebuilding: isRebuilding === 1,
    drift: typeof drift === "string" ? parseDrift(drift) : undefined,
    lastSuccessAt: number(lastSuccessAt),
    reconciledAt: number(reconciledAt),
    verifiedAt: number(verifiedAt),
    verifying: isVerifying === 1,
    differences: Number(differences),
    error: typeof error === "string" ? parseError(error) : undefined,
    errorSince: number(errorSince),
  }
})

/** Errors are stored by this package alone, in the form of {@link ErrorDescription}. */
const parseError = (stored: string): ErrorDescription => JSON.parse(stored)

/** Drift is stored by this package alone, likewise. */
const parseDrift = (stored: string): TableState["drift"] => JSON.parse(stored)
