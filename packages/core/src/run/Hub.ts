import * as Effect from "effect/Effect"
import type { ReplicationConfig } from "../config/Config.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import { Sink } from "../sink/Sink.ts"
import type { TableResult } from "../sync/TableResult.ts"
import type { Past } from "./Scheduler.ts"

/**
 * Has the changes logged of those tables that others replicate from here. Where nobody does, and nobody did, it costs nothing:
 * what is known of past runs says so.
 */
export const arrangeHub = Effect.fn("Hub.arrange")(function* (
  { replicas }: ReplicationConfig,
  past: Past,
  results: ReadonlyArray<TableResult>,
): Effect.fn.Return<void, ConnectorError, Sink> {
  const isThere = [...past.runs.values()].some(({ hasHub }) => hasHub === true)
  if (replicas === undefined && !isThere) return
  const { hub } = yield* Sink
  if (hub === undefined) {
    if (replicas === undefined) return
    return yield* new ConnectorError({
      code: "invalid-config",
      message: "replicas: nobody can replicate from what rows go into here.",
    })
  }
  const changed = results.reduce((total, { written, deleted }) => total + written + deleted, 0)
  yield* hub.arrange(replicas, changed)
})
