import type { ReplicationConfig } from "@starbase-replication/core/config"
import { dueAt, type Past, type Way, withLog } from "@starbase-replication/core/run"
import {
  type ErrorDescription,
  formatTableName,
  type HistoryEntry,
  type TableState,
} from "@starbase-replication/core/sink"
import type { RpcLike } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import { configured } from "./configured.ts"
import { changesOf, type HeldBack, heldBackOf } from "./finding.ts"
import { forHttp } from "./forHttp.ts"
import { type Guarded, guardedOf } from "./guarded.ts"
import { iso } from "./iso.ts"
import type { Look } from "./Look.ts"
import { withLook, withLooks } from "./looked.ts"
import { type Doing, doingOf, estimateOf } from "./doing.ts"
import type { Live } from "./Live.ts"

/** Where one table stands, as `GET /replicate/status` shows it. Times are ISO 8601, in UTC. */
export interface TableStatus extends Omit<
  TableState,
  | "blockedBy"
  | "deleted"
  | "drift"
  | "error"
  | "errorSince"
  | "lastRunAt"
  | "lastSuccessAt"
  | "position"
  | "ranged"
  | "reconciliation"
  | "reconciledAt"
  | "retryAt"
  | "syncedAt"
  | "verifiedAt"
  | "version"
  | "written"
> {
  readonly state:
    | "pending"
    | "running"
    | "paused"
    | "refused"
    | "waiting"
    | "failing"
    | "loading"
    | "catching-up"
    | "ok"
  /** As in the config; null where the table has left it. */
  readonly mode: "full" | "incremental" | null
  /** The run under way. */
  readonly progress: Doing | null
  /** About how many rows the load under way has to read, by the source's own notes; null where that is not known here. */
  readonly estimatedRows: number | null
  readonly position: unknown
  /** How its changes are found, and why so; null before the first pull. */
  readonly changes: Way | null
  /** The oldest transaction that was open at the source: what was written since it began is read again at each pull. */
  readonly heldBack: HeldBack | null
  /** Seconds since the moment up to which the replica holds everything; null before that is so for the first time. */
  readonly lagSeconds: number | null
  readonly syncedAt: string | null
  /** The last change of columns or key that was met, or what a frozen replica goes on without. */
  readonly drift: { readonly at: string | null; readonly changes: ReadonlyArray<string> } | null
  /** What the guard has stopped until it is confirmed. */
  readonly guard: Guarded | null
  /** When the last search for rows that are gone at the source was complete. */
  readonly reconciledAt: string | null
  /** When source and replica were last compared value by value and found equal. */
  readonly verifiedAt: string | null
  readonly lastRunAt: string | null
  /** When a run that read the table to its end began last, as far as is known here. */
  readonly lookedAt: string | null
  readonly lastSuccessAt: string | null
  readonly error: ErrorDescription | null
  readonly errorSince: string | null
  /** When it is due next by itself; null where it waits for an operator, or has left the config. */
  readonly nextRunAt: string | null
}

/** What is known of tables, stored and remembered. */
interface Knowledge {
  readonly states: ReadonlyArray<TableState>
  readonly past: Past
  readonly looks: ReadonlyMap<string, Look>
  readonly live: ReadonlyArray<Live>
}

/** The state of every table that is configured by name, or known from a run. */
export const statusOf = (
  config: ReplicationConfig | undefined,
  { states, past: stored, looks, live }: Knowledge,
  now: number,
): ReadonlyArray<TableStatus> => {
  const past = withLooks(stored, looks)
  const logs = stored.logs ?? new Map()
  const known = new Set(states.map(({ table }) => table))
  const pending = (config?.tables ?? [])
    .filter(({ into }) => !known.has(into))
    .map(({ into, source, table }): TableState => ({
      table: into,
      source,
      sourceTable: formatTableName(table),
      position: undefined,
      rows: 0,
      written: 0,
      deleted: 0,
      rejects: 0,
      rebuilding: false,
      drift: undefined,
      running: false,
      more: false,
      lastRunAt: undefined,
      lastSuccessAt: undefined,
      syncedAt: undefined,
      version: "",
      ranged: false,
      reconciledAt: undefined,
      verifiedAt: undefined,
      verifying: false,
      reconciliation: undefined,
      differences: 0,
      error: undefined,
      errorSince: undefined,
      failures: 0,
      retryAt: undefined,
      blockedBy: undefined,
      paused: false,
    }))
  return [...states.map((state) => withLog(state, logs)), ...pending].map((noted) => {
    const look = looks.get(noted.table)
    const {
      retryAt: _retryAt,
      blockedBy: _blockedBy,
      version: _version,
      ranged: _ranged,
      reconciliation,
      written: _written,
      deleted: _deleted,
      ...own
    } = withLook(noted, look)
    const state = withSource(own, past)
    const table = config === undefined ? undefined : configured(config, state)
    const due = table === undefined ? undefined : dueAt(table, past, now)
    return {
      ...state,
      state: summary(state, noted),
      mode: table?.mode ?? null,
      progress: doingOf(noted, live),
      estimatedRows: estimateOf(noted, live),
      position: state.position ?? null,
      changes: changesOf(noted, past.logs),
      heldBack: heldBackOf(state.position),
      drift: driftOf(noted, look),
      guard: guardedOf({ error: state.error, reconciliation }),
      lagSeconds: state.syncedAt === undefined ? null : Math.max(0, (now - state.syncedAt) / 1000),
      syncedAt: iso(state.syncedAt),
      reconciledAt: iso(state.reconciledAt),
      verifiedAt: iso(state.verifiedAt),
      lastRunAt: iso(state.lastRunAt),
      lookedAt: iso(look?.at ?? state.lastSuccessAt),
      lastSuccessAt: iso(state.lastSuccessAt),
      error: state.error === undefined ? null : forHttp(state.error, state.table),
      errorSince: iso(state.errorSince),
      nextRunAt: iso(due === undefined ? undefined : Math.max(due, now)),
    }
  })
}

type Own = Omit<TableState, "retryAt" | "blockedBy" | "version" | "ranged" | "reconciliation" | "written" | "deleted">

/** A table whose source fails as a whole shows the source's error: it was not tried itself. */
const withSource = (state: Own, past: Past): Own => {
  const source = past.sources.get(state.source)
  if (source === undefined || state.error !== undefined) return state
  const { error, errorSince, failures } = source
  return { ...state, error: { ...error, table: state.sourceTable }, errorSince, failures }
}

/** What was noted, or where no change of the plan could be: the columns that a frozen replica goes on without. */
const driftOf = ({ drift }: TableState, look: Look | undefined): TableStatus["drift"] => {
  if (look === undefined || look.frozen.length === 0)
    return drift === undefined ? null : { ...drift, at: iso(drift.at) }
  const changes = look.frozen.map((name) => `column "${name}" added`)
  const isNoted = drift !== undefined && changes.every((change) => drift.changes.includes(change))
  return isNoted ? { ...drift, at: iso(drift.at) } : { at: null, changes }
}

const summary = (state: Own, { lastRunAt = 0 }: TableState): TableStatus["state"] => {
  if (state.running) return "running"
  if (state.paused) return "paused"
  if (state.error !== undefined) return ofError.get(state.error.code) ?? "failing"
  if (state.syncedAt === undefined) return state.lastRunAt === undefined ? "pending" : "loading"
  // A run that has only keys or values left to compare has pulled all that there was.
  return state.more && state.syncedAt < lastRunAt ? "catching-up" : "ok"
}

/** The states of tables that nothing but a person lets go on. */
const ofError: ReadonlyMap<string, TableStatus["state"]> = new Map([
  ["refused", "refused"],
  ["too-large", "refused"],
  ["delete-guard", "waiting"],
])

/** A run as `GET /replicate/history` shows it. Times are ISO 8601, in UTC. */
export const historyOf = (runs: ReadonlyArray<HistoryEntry>) =>
  runs.map((run) => ({
    ...run,
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    error: run.error === undefined ? undefined : forHttp(run.error, run.table),
  }))

/** How large the platform lets a database become. */
export const limitBytes = 10_000_000_000

/** The size of the whole database, where the instance tells. */
export const databaseBytes = (rpc: RpcLike & { getStatistics?(): Promise<unknown> }): Effect.Effect<number | null> =>
  Effect.tryPromise(async () => {
    const statistics = await rpc.getStatistics?.()
    const isTold = typeof statistics === "object" && statistics !== null && "databaseSize" in statistics
    return isTold && typeof statistics.databaseSize === "number" ? statistics.databaseSize : null
  }).pipe(Effect.orElseSucceed(() => null))
