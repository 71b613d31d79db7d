import {
  type ConnectorError,
  fingerprint,
  type Past,
  type ReplicationConfig,
  Sink,
  type TableConfig,
  waitUntil,
} from "@starbase-replication/core"
import type { Execute } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { configured, type Known } from "../configured.ts"

/** How fresh a replica table is. */
export interface Standing {
  readonly table: string
  /** It holds everything that was visible at the source then; undefined where it was never loaded. */
  readonly freshAt: number | undefined
  /** Whether another run holds it. */
  readonly running: boolean
  /** Whether a reader may have it pulled: not where it is paused, failed for good, or is waited for after a failure. */
  readonly mayPull: boolean
  /** What is stored of it is as it was while this is the same. */
  readonly version: string
}

/**
 * What the last run of a table in this isolate found, while nothing else is stored of it. A run that finds nothing new
 * writes nothing, so that what is stored says too little.
 */
const seen = new Map<string, { readonly version: string; readonly freshAt: number }>()

/** Remembers up to when a run found a table to hold everything. */
export const remember = ({ table, version }: Standing, freshAt: number): void => {
  seen.set(table, { version, freshAt })
}

/** How fresh each table is that is configured by name, or known from a run. */
export const readStandings = (
  execute: Execute,
  config: ReplicationConfig,
): Effect.Effect<ReadonlyArray<Standing>, ConnectorError, Sink> =>
  Effect.gen(function* () {
    const sink = yield* Sink
    const asked = Effect.all([sink.runs, sink.sources, readStored(execute)], { concurrency: "unbounded" })
    const [runs, sources, stored] = yield* asked
    const past: Past = {
      runs: new Map(runs.map((run) => [run.table, run])),
      sources: new Map(sources.map((source) => [source.source, source])),
    }
    const now = yield* Clock.currentTimeMillis
    const tables = new Set([...past.runs.keys(), ...config.tables.map(({ into }) => into)])
    return Array.from(tables, (table): Standing => {
      const found = stored.get(table)
      const { syncedAt, version } = found ?? { syncedAt: undefined, version: "" }
      const last = seen.get(table)
      const freshAt = syncedAt !== undefined && last?.version === version ? Math.max(syncedAt, last.freshAt) : syncedAt
      const named = config.tables.find(({ into }) => into === table)
      const entry = found === undefined ? named : configured(config, found)
      return {
        table,
        freshAt,
        running: past.runs.get(table)?.running === true,
        mayPull: entry !== undefined && mayPull(entry, past, now),
        version,
      }
    })
  })

interface Stored extends Known {
  readonly syncedAt: number | undefined
  readonly version: string
}

/** What the sink's state tables say, with whose run wrote it last; nothing where they were not made yet. */
const readStored = (execute: Execute) =>
  Effect.tryPromise(() =>
    execute("SELECT name, source, source_table, synced_at, lease FROM tmp_replication_tables", []),
  ).pipe(
    Effect.orElseSucceed(() => []),
    Effect.map(
      (rows): ReadonlyMap<string, Stored> =>
        new Map(
          rows.map(([name, source, sourceTable, syncedAt, lease]) => [
            String(name),
            {
              table: String(name),
              source: String(source),
              sourceTable: String(sourceTable),
              syncedAt: typeof syncedAt === "number" ? syncedAt : undefined,
              version: `${String(lease)} ${String(syncedAt)}`,
            },
          ]),
        ),
    ),
  )

const mayPull = (table: TableConfig, past: Past, now: number): boolean => {
  const run = past.runs.get(table.into)
  const isWaiting = (at: number | undefined) => (waitUntil(at, now) ?? 0) > now
  if (isWaiting(past.sources.get(table.source)?.retryAt) || isWaiting(run?.retryAt)) return false
  return run?.paused !== true && (run?.blockedBy === undefined || run.blockedBy !== fingerprint(table))
}
