import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ReplicationConfig } from "../config/Config.ts"
import type { LogState } from "../sink/LogSink.ts"
import { Sink } from "../sink/Sink.ts"
import type { RunState } from "../sink/States.ts"
import { Source } from "../source/Source.ts"
import type { Past } from "./Scheduler.ts"

/** The logs that were ever followed, by their sources. */
export const readLogs = Effect.gen(function* () {
  const { log } = yield* Sink
  const states = log === undefined ? [] : yield* log.states
  return new Map(states.map((state) => [state.source, state]))
})

/** Past runs, with the logs that their tables follow: what is noted of a log holds for each of them. */
export const withLogs = (past: Past, logs: ReadonlyMap<string, LogState>): Past => ({
  ...past,
  logs,
  runs: new Map(Array.from(past.runs, ([table, run]) => [table, withLog(run, logs)])),
})

/** A table as it is stored, or as the log that it follows was found later. */
export const withLog = <T extends RunState>(run: T, logs: ReadonlyMap<string, LogState>): T => {
  const log = logs.get(run.source)
  const isFollowing = log?.following.some(({ into, which }) => into === run.table && which === "live") === true
  // Before its first load is whole, a table holds nothing as of any moment.
  if (log === undefined || !isFollowing || run.syncedAt === undefined || run.more) return run
  return {
    ...run,
    syncedAt: Math.max(run.syncedAt, log.syncedAt ?? 0),
    lastRunAt: Math.max(run.lastRunAt ?? 0, log.syncedAt ?? 0),
  }
}

/**
 * Has a source keep its log no longer for us, and forgets it; gives what the source called it, null where it kept it for
 * nobody, or undefined where there is no log.
 */
export const dropLog = Effect.fn("Log.drop")(function* (config: ReplicationConfig, name: string) {
  const layer = config.sources.get(name)
  if (layer === undefined) return undefined
  const slot = yield* Effect.gen(function* () {
    const { log } = yield* Source
    if (log === undefined) return undefined
    yield* log.drop
    return log.slot ?? null
  }).pipe(Effect.provide(Layer.fresh(layer)))
  const sink = yield* Sink
  if (slot !== undefined && sink.log !== undefined) yield* sink.log.forget(name)
  return slot
})
