import { readPastOf, replicate, type Selection, type TableResult } from "@starbase-replication/core/run"
import type { ConnectorError } from "@starbase-replication/core/source"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { storeBilled } from "./billed.ts"
import { log } from "./logs/line.ts"
import { countSeen, isTold, omittedBefore } from "./logs/sampling.ts"
import { tellRun } from "./logs/tell.ts"
import { frozenBy, lastLooks, rememberLooks, standingLooks, withLooks } from "./looked.ts"
import type { Opened } from "./open.ts"
import { watched } from "./watch.ts"

/** How to run tables. */
export interface RunOptions {
  readonly select: Selection
  readonly claim: boolean
  readonly refresh?: boolean
  readonly verify?: { readonly repair: boolean }
  /** For how many milliseconds to go on reading at most. */
  readonly millis?: number
}

/** Runs tables, and logs what that did. */
export const run = (
  { config, sink, dataSource, instance }: Opened,
  { millis = Number.POSITIVE_INFINITY, ...how }: RunOptions,
): Effect.Effect<ReadonlyArray<TableResult>, ConnectorError> =>
  Effect.gen(function* () {
    const decoded = yield* config
    const budget = { ...decoded.budget, millis: Math.min(decoded.budget.millis, millis) }
    const now = yield* Clock.currentTimeMillis
    const stored = yield* readPastOf(decoded)
    const past = withLooks(stored, standingLooks(stored, now, lastLooks(instance)))
    const replicated = yield* watched(replicate(decoded, { ...how, budget, past }), instance)
    // What a run has changed is stored, but for the columns that a frozen table goes on without.
    const isFrozen = replicated.tables.some((result) => frozenBy(result).length > 0)
    rememberLooks(isFrozen ? yield* readPastOf(decoded) : stored, replicated.tables, () => now, instance)
    return replicated
  }).pipe(
    Effect.tap(tellRun),
    Effect.tap(storeBilled(dataSource)),
    Effect.map(({ tables }) => tables),
    Effect.provide(sink),
  )

/** Logs why a run that nobody waits for failed as a whole. */
export const tellFailed = ({ code, message }: ConnectorError): Effect.Effect<void> =>
  Effect.suspend(() => {
    const count = countSeen(`run.failed ${code} ${message}`)
    return isTold(count) ? log("error", "run.failed", { code, message, omitted: omittedBefore(count) }) : Effect.void
  })
