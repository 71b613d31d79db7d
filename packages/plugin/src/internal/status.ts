import type { ReplicationConfig } from "@starbase-replication/core/config"
import { dueAt, type Past, waitUntil } from "@starbase-replication/core/run"
import {
  type ErrorDescription,
  formatTableName,
  type HistoryEntry,
  type TableState,
} from "@starbase-replication/core/sink"
import type { RpcLike } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import { configured } from "./configured.ts"
import { forHttp } from "./forHttp.ts"

/** Where one table stands, as `GET /replicate/status` shows it. Times are ISO 8601, in UTC. */
export interface TableStatus extends Omit<
  TableState,
  | "blockedBy"
  | "drift"
  | "error"
  | "errorSince"
  | "lastRunAt"
  | "lastSuccessAt"
  | "position"
  | "reconciledAt"
  | "retryAt"
  | "syncedAt"
  | "verifiedAt"
  | "version"
> {
  readonly state: "pending" | "running" | "paused" | "refused" | "failing" | "loading" | "ok"
  /** As in the config; null where the table has left it. */
  readonly mode: "full" | "incremental" | null
  readonly position: unknown
  /** Seconds since the moment up to which the replica holds everything; null before that is so for the first time. */
  readonly lagSeconds: number | null
  readonly syncedAt: string | null
  /** The last change of columns or key that was met. */
  readonly drift: { readonly at: string | null; readonly changes: ReadonlyArray<string> } | null
  /** When the last search for rows that are gone at the source was complete. */
  readonly reconciledAt: string | null
  /** When source and replica were last compared value by value and found equal. */
  readonly verifiedAt: string | null
  readonly lastRunAt: string | null
  readonly lastSuccessAt: string | null
  readonly error: ErrorDescription | null
  readonly errorSince: string | null
  /** When it is due next by itself; null where it waits for an operator, or has left the config. */
  readonly nextRunAt: string | null
}

const iso = (millis: number | undefined): string | null =>
  millis === undefined ? null : new Date(millis).toISOString()

/** The state of every table that is configured by name, or known from a run. */
export const statusOf = (
  config: ReplicationConfig | undefined,
  states: ReadonlyArray<TableState>,
  past: Past,
  now: number,
): ReadonlyArray<TableStatus> => {
  const known = new Set(states.map(({ table }) => table))
  const pending = (config?.tables ?? [])
    .filter(({ into }) => !known.has(into))
    .map(({ into, source, table }): TableState => ({
      table: into,
      source,
      sourceTable: formatTableName(table),
      position: undefined,
      rows: 0,
      rejects: 0,
      rebuilding: false,
      drift: undefined,
      running: false,
      more: false,
      lastRunAt: undefined,
      lastSuccessAt: undefined,
      syncedAt: undefined,
      version: "",
      reconciledAt: undefined,
      verifiedAt: undefined,
      verifying: false,
      differences: 0,
      error: undefined,
      errorSince: undefined,
      failures: 0,
      retryAt: undefined,
      blockedBy: undefined,
      paused: false,
    }))
  return [...states, ...pending].map((stored) => {
    const { retryAt: _retryAt, blockedBy: _blockedBy, version: _version, ...own } = stored
    const state = withSource(own, past)
    const table = config === undefined ? undefined : configured(config, state)
    const due = table === undefined ? undefined : dueAt(table, past, now)
    return {
      ...state,
      state: summary(state),
      mode: table?.mode ?? null,
      position: state.position ?? null,
      drift: state.drift === undefined ? null : { ...state.drift, at: iso(state.drift.at) },
      lagSeconds: state.syncedAt === undefined ? null : Math.max(0, (now - state.syncedAt) / 1000),
      syncedAt: iso(state.syncedAt),
      reconciledAt: iso(state.reconciledAt),
      verifiedAt: iso(state.verifiedAt),
      lastRunAt: iso(state.lastRunAt),
      lastSuccessAt: iso(state.lastSuccessAt),
      error: state.error === undefined ? null : forHttp(state.error, state.table),
      errorSince: iso(state.errorSince),
      nextRunAt: iso(due === undefined ? undefined : Math.max(due, now)),
    }
  })
}

type Own = Omit<TableState, "retryAt" | "blockedBy" | "version">

/** A table whose source fails as a whole shows the source's error: it was not tried itself. */
const withSource = (state: Own, past: Past): Own => {
  const source = past.sources.get(state.source)
  if (source === undefined || state.error !== undefined) return state
  const { error, errorSince, failures } = source
  return { ...state, error: { ...error, table: state.sourceTable }, errorSince, failures }
}

const summary = (state: Own): TableStatus["state"] => {
  if (state.running) return "running"
  if (state.paused) return "paused"
  if (state.error !== undefined) return state.error.code === "refused" ? "refused" : "failing"
  if (state.syncedAt !== undefined) return "ok"
  return state.lastRunAt === undefined ? "pending" : "loading"
}

/** A run as `GET /replicate/history` shows it. Times are ISO 8601, in UTC. */
export const historyOf = (runs: ReadonlyArray<HistoryEntry>) =>
  runs.map((run) => ({
    ...run,
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    error: run.error === undefined ? undefined : forHttp(run.error, run.table),
  }))

/** How one source does, as `GET /replicate/status` shows it. */
export interface SourceStatus {
  readonly source: string
  readonly type: string | null
  readonly circuit: "closed" | "open" | "half-open"
  readonly failures: number
  readonly retryAt: string | null
  readonly error: ErrorDescription | null
  readonly errorSince: string | null
}

/** The state of every source that is configured, or that is known to have failed as a whole. */
export const sourcesOf = (
  config: ReplicationConfig | undefined,
  past: Past,
  now: number,
): ReadonlyArray<SourceStatus> =>
  [...new Set([...(config?.types.keys() ?? []), ...past.sources.keys()])].map((source) => {
    const failed = past.sources.get(source)
    return {
      source,
      type: config?.types.get(source) ?? null,
      circuit: failed === undefined ? "closed" : (waitUntil(failed.retryAt, now) ?? 0) > now ? "open" : "half-open",
      failures: failed?.failures ?? 0,
      retryAt: iso(failed?.retryAt),
      error: failed?.error ?? null,
      errorSince: iso(failed?.errorSince),
    }
  })

/** The size of the whole database, where the instance tells. */
export const databaseBytes = (rpc: RpcLike & { getStatistics?(): Promise<unknown> }): Effect.Effect<number | null> =>
  Effect.tryPromise(async () => {
    const statistics = await rpc.getStatistics?.()
    const isTold = typeof statistics === "object" && statistics !== null && "databaseSize" in statistics
    return isTold && typeof statistics.databaseSize === "number" ? statistics.databaseSize : null
  }).pipe(Effect.orElseSucceed(() => null))
