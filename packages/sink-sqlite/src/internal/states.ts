import {
  type ConnectorError,
  decodePosition,
  type ErrorDescription,
  type RunState,
  type TableState,
} from "@starbase-replication/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Database, hasStateTables } from "./database.ts"
import { identifier } from "./quote.ts"

const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** When each known table last ran. */
export const runs = (database: Database): Effect.Effect<ReadonlyArray<RunState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(`SELECT name, last_run_at, lease_until, more FROM tmp_replication_tables`)
    return rows.map(([name, lastRunAt, leaseUntil, more]) => ({
      table: String(name),
      lastRunAt: number(lastRunAt),
      running: Number(leaseUntil) > now,
      more: more === 1,
    }))
  })

/** Where each known table stands. */
export const states = (database: Database): Effect.Effect<ReadonlyArray<TableState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasStateTables(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(
      `SELECT name, source, source_table, mode, position, lease_until, last_run_at, last_success_at, synced_at, error,
        error_since, failures, more, reconciled_at, next_plan IS NOT NULL, drift,
        verified_at, verification IS NOT NULL,
        (SELECT count(*) FROM tmp_replication_differences d WHERE d.name = t.name),
        plan IS NOT NULL AND EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND lower(sqlite_master.name) = lower(t.name)),
        (SELECT count(*) FROM tmp_replication_rejects r WHERE r.name = t.name)
      FROM tmp_replication_tables t ORDER BY name`,
    )
    return yield* Effect.forEach(rows, (row) => toState(database, row, now))
  })

const toState = Effect.fnUntraced(function* (
  database: Database,
  row: ReadonlyArray<unknown>,
  now: number,
): Effect.fn.Return<TableState, ConnectorError> {
  const table = String(row[0])
  const isThere = row[19] === 1
  const [count] = isThere ? yield* database.query(`SELECT count(*) FROM ${identifier(table)}`) : []
  const position = text(row[4])
  const error = text(row[9])
  return {
    table,
    source: String(row[1]),
    sourceTable: String(row[2]),
    mode: row[3] === "incremental" ? "incremental" : "full",
    position: position === undefined ? undefined : decodePosition(position),
    rows: number(count?.[0]) ?? 0,
    rebuilding: row[14] === 1,
    drift: text(row[15]) === undefined ? undefined : parseDrift(String(row[15])),
    rejects: number(row[20]) ?? 0,
    running: Number(row[5]) > now,
    more: row[12] === 1,
    lastRunAt: number(row[6]),
    lastSuccessAt: number(row[7]),
    syncedAt: number(row[8]),
    reconciledAt: number(row[13]),
    verifiedAt: number(row[16]),
    verifying: row[17] === 1,
    differences: number(row[18]) ?? 0,
    error: error === undefined ? undefined : parseError(error),
    errorSince: number(row[10]),
    failures: Number(row[11]),
  }
})

/** Errors are stored by this package alone, in the form of {@link ErrorDescription}. */
const parseError = (stored: string): ErrorDescription => JSON.parse(stored)

/** Drift is stored by this package alone, likewise. */
const parseDrift = (stored: string): TableState["drift"] => JSON.parse(stored)
