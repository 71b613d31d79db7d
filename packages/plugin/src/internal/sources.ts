import type { ReplicationConfig } from "@starbase-replication/core/config"
import { type Past, waitUntil } from "@starbase-replication/core/run"
import type { ErrorDescription } from "@starbase-replication/core/sink"
import { iso } from "./iso.ts"
import { logOf, type LogStatus } from "./log.ts"

/** How one source does, as `GET /replicate/status` shows it. */
export interface SourceStatus {
  readonly source: string
  readonly type: string | null
  readonly circuit: "closed" | "open" | "half-open"
  readonly failures: number
  readonly retryAt: string | null
  readonly error: ErrorDescription | null
  readonly errorSince: string | null
  /** The change log that its tables follow; null where none was ever followed. */
  readonly log: LogStatus | null
}

/** The state of every source that is configured, or that is known to have failed as a whole. */
export const sourcesOf = (
  config: ReplicationConfig | undefined,
  past: Past,
  now: number,
): ReadonlyArray<SourceStatus> =>
  [...new Set([...(config?.types.keys() ?? []), ...past.sources.keys(), ...(past.logs?.keys() ?? [])])].map(
    (source) => {
      const failed = past.sources.get(source)
      return {
        source,
        type: config?.types.get(source) ?? null,
        circuit: failed === undefined ? "closed" : (waitUntil(failed.retryAt, now) ?? 0) > now ? "open" : "half-open",
        failures: failed?.failures ?? 0,
        retryAt: iso(failed?.retryAt),
        error: failed?.error ?? null,
        errorSince: iso(failed?.errorSince),
        log: logOf(past.logs?.get(source), config?.logs.has(source) ?? true),
      }
    },
  )
