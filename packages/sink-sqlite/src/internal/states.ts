import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, type Decoded, flag, given, integer, kept, maybe, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { StoredError, toDescription } from "./errors.ts"
import { hasHub } from "./changes/store.ts"
import { rowsOf } from "./rowCounts.ts"
import { openStore } from "./store.ts"
import { versionOf } from "./version.ts"
import {
  type ConnectorError,
  decodePosition,
  type HistoryEntry,
  Reconciliation,
  type RunState,
  type SourceState,
  type TableState,
} from "@starbase-replication/core/sink"

const runFields = {
  name: text,
  source: text,
  sourceTable: text,
  syncedAt: maybe(integer),
  position: maybe(text),
  nextPosition: maybe(text),
  lease: text,
  leaseUntil: integer,
  lastRunAt: maybe(integer),
  more: flag,
  failures: integer,
  retryAt: maybe(integer),
  blockedBy: maybe(text),
  paused: flag,
  reconciledAt: maybe(integer),
  ranged: given("EXISTS (SELECT 1 FROM tmp_replication_ranges r WHERE r.name = t.name)", flag),
  hasHub: given(hasHub, flag),
}
const runRow = columnsOf(runFields)

/** When each known table last ran. */
export const runs = (database: Database, leaseMillis: number): Effect.Effect<ReadonlyArray<RunState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* openStore(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(`SELECT ${runRow.select} FROM tmp_replication_tables t`)
    return (yield* runRow.decode(rows)).map((row) => toRunState(row, now, leaseMillis))
  })

const toRunState = (row: Decoded<typeof runRow>, now: number, leaseMillis: number): RunState => {
  const { name, source, sourceTable, syncedAt, lastRunAt, more, failures, retryAt, blockedBy, paused } = row
  return {
    table: name,
    source,
    sourceTable,
    syncedAt,
    version: versionOf(row),
    ranged: row.ranged,
    reconciledAt: row.reconciledAt,
    position: row.position === undefined ? undefined : decodePosition(row.position),
    lastRunAt,
    running: row.leaseUntil > now && row.leaseUntil <= now + 2 * leaseMillis,
    more,
    failures,
    retryAt,
    blockedBy,
    paused,
    ...(row.hasHub ? { hasHub: true } : {}),
  }
}

const sourceRow = columnsOf({
  name: text,
  failures: integer,
  retryAt: integer,
  error: kept(StoredError),
  errorSince: integer,
})

/** How the sources do that failed as a whole. */
export const sources = (database: Database): Effect.Effect<ReadonlyArray<SourceState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* openStore(database))) return []
    const rows = yield* database.query(`SELECT ${sourceRow.select} FROM tmp_replication_sources`)
    return (yield* sourceRow.decode(rows)).map(({ name, error, ...rest }) => ({
      source: name,
      ...rest,
      error: toDescription(error?.value),
    }))
  })

const historyRow = columnsOf({
  name: text,
  startedAt: integer,
  endedAt: integer,
  read: integer,
  written: integer,
  deleted: integer,
  rejected: integer,
  pages: integer,
  more: flag,
  error: kept(StoredError),
})

/** The last runs that changed or failed, the newest first. */
export const history = (
  database: Database,
  { table, limit }: { readonly table: string | undefined; readonly limit: number },
): Effect.Effect<ReadonlyArray<HistoryEntry>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* openStore(database))) return []
    const rows = yield* database.query(
      `SELECT ${historyRow.select} FROM tmp_replication_history
        WHERE ?1 IS NULL OR name = ?1 ORDER BY id DESC LIMIT CAST(?2 AS INTEGER)`,
      table ?? null,
      limit,
    )
    return (yield* historyRow.decode(rows)).map(({ name, error, ...rest }) => ({
      table: name,
      ...rest,
      error: error === undefined ? undefined : toDescription(error.value),
    }))
  })

const Drift = Schema.Struct({ at: Schema.Number, changes: Schema.Array(Schema.String) })

const tableRow = columnsOf({
  ...runFields,
  written: integer,
  deleted: integer,
  lastSuccessAt: maybe(integer),
  error: kept(StoredError),
  errorSince: maybe(integer),
  drift: kept(Drift),
  reconciliation: kept(Reconciliation),
  verifiedAt: maybe(integer),
  isVerifying: given("verification IS NOT NULL", flag),
  isRebuilding: given("next_plan IS NOT NULL", flag),
  differences: given("(SELECT count(*) FROM tmp_replication_differences d WHERE d.name = t.name)", integer),
  rejects: given("(SELECT count(*) FROM tmp_replication_rejects r WHERE r.name = t.name)", integer),
  isThere: given(
    `plan IS NOT NULL AND EXISTS (
      SELECT 1 FROM sqlite_master m WHERE m.type = 'table' AND lower(m.name) = lower(t.name))`,
    flag,
  ),
})

/** Where each known table stands. */
export const states = (
  database: Database,
  leaseMillis: number,
): Effect.Effect<ReadonlyArray<TableState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* openStore(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(`SELECT ${tableRow.select} FROM tmp_replication_tables t ORDER BY name`)
    return yield* Effect.forEach(yield* tableRow.decode(rows), (row) => toState(database, row, now, leaseMillis))
  })

/** How many rows the pull has left out, because they have no key. */
const unkeyedOf = ({ position }: Decoded<typeof tableRow>): number | undefined =>
  position === undefined ? undefined : decodePosition(position)?.unkeyed

const toState = (
  database: Database,
  row: Decoded<typeof tableRow>,
  now: number,
  leaseMillis: number,
): Effect.Effect<TableState, ConnectorError> =>
  Effect.map(row.isThere ? rowsOf(database, row) : Effect.succeed(0), (rows) => ({
    ...toRunState(row, now, leaseMillis),
    rows,
    written: row.written,
    deleted: row.deleted,
    rejects: row.rejects + (unkeyedOf(row) ?? 0),
    rebuilding: row.isRebuilding,
    drift: row.drift?.value,
    lastSuccessAt: row.lastSuccessAt,
    reconciliation: row.reconciliation?.value,
    verifiedAt: row.verifiedAt,
    verifying: row.isVerifying,
    differences: row.differences,
    error: row.error === undefined ? undefined : toDescription(row.error.value),
    errorSince: row.errorSince,
  }))
