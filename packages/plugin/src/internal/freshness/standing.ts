import type { ReplicationConfig, TableConfig } from "@starbase-replication/core/config"
import { isFollowing, isWaiting, type Past, readPastOf, waitUntil } from "@starbase-replication/core/run"
import type { ConnectorError, Sink } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { configured } from "../configured.ts"

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
  /** Up to where its source's change log is in it; undefined where it follows none. */
  readonly position: string | undefined
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
  config: ReplicationConfig,
): Effect.Effect<ReadonlyArray<Standing>, ConnectorError, Sink> =>
  Effect.gen(function* () {
    const past = yield* readPastOf(config)
    const now = yield* Clock.currentTimeMillis
    const tables = new Set([...past.runs.keys(), ...config.tables.map(({ into }) => into)])
    return Array.from(tables, (table): Standing => {
      const run = past.runs.get(table)
      const { syncedAt, version = "", running = false } = run ?? {}
      const last = seen.get(table)
      const freshAt = syncedAt !== undefined && last?.version === version ? Math.max(syncedAt, last.freshAt) : syncedAt
      const entry = run === undefined ? config.tables.find(({ into }) => into === table) : configured(config, run)
      const log = run !== undefined && isFollowing(past, run.source, table) ? past.logs?.get(run.source) : undefined
      return {
        table,
        freshAt,
        running: running || log?.running === true,
        mayPull: entry !== undefined && mayPull(entry, past, now),
        version,
        position: log?.position,
      }
    })
  })

const mayPull = (table: TableConfig, past: Past, now: number): boolean => {
  const isLater = (at: number | undefined) => (waitUntil(at, now) ?? 0) > now
  if (isLater(past.sources.get(table.source)?.retryAt)) return false
  const run = past.runs.get(table.into)
  return run === undefined || !(isWaiting(table, run) || isLater(run.retryAt))
}
