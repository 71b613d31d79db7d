import { isOtherRun, type TableResult } from "@starbase-replication/core/run"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Opened } from "../open.ts"
import { run } from "../run.ts"

/** A pull for readers that is under way in this isolate; no later than `until` it is taken for dead. */
interface Pulling {
  readonly until: number
  isDone: boolean
}

const pulling = new Map<string, Pulling>()

/** How long a pull may outlast its deadline by the page that is in work. */
const graceMillis = 5000

/** The pull of a table that is under way in this isolate. */
export const pullOf = (table: string, now: number): Pulling | undefined => {
  const found = pulling.get(table)
  return found === undefined || found.isDone || found.until <= now ? undefined : found
}

/**
 * Waits until a pull has ended or a time has come. It looks instead of awaiting the promise, which belongs to another
 * request: the platform may end that one, and its promises with it.
 */
export const untilDone = (pull: Pulling, deadline: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!pull.isDone && (yield* Clock.currentTimeMillis) < deadline) yield* Effect.sleep(pollMillis)
  })

const pollMillis = 10

/** What a pull came to for one table. */
export interface Pulled {
  /** The table holds everything that was visible at the source then. */
  readonly freshAt: number | undefined
  /** Up to where its source's change log is in it, where it follows one. */
  readonly position: string | undefined
  /** Whether another run was in its way, so that it is worth looking again. */
  readonly wasBusy: boolean
}

const pulledOf = ({ details, error }: TableResult): Pulled => ({
  freshAt: details?.syncedAt,
  position: details?.position,
  wasBusy: error !== undefined && isOtherRun(error.code),
})

/**
 * Pulls tables for a reader who waits until the deadline; the pull goes on behind the request then, to the end of what
 * it is reading. Undefined where it did not end in time.
 */
export const pull = (
  opened: Opened,
  tables: ReadonlyArray<string>,
  deadline: number,
): Effect.Effect<ReadonlyMap<string, Pulled> | undefined> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const entry: Pulling = { until: deadline + graceMillis, isDone: false }
    for (const table of tables) pulling.set(table, entry)
    const work = run(opened, { select: { into: tables }, claim: false, millis: Math.max(1, deadline - now) }).pipe(
      Effect.map((results) => new Map(results.map((result) => [result.table, pulledOf(result)]))),
      Effect.orElseSucceed(() => new Map<string, Pulled>()),
      Effect.ensuring(
        Effect.sync(() => {
          entry.isDone = true
          for (const table of tables) if (pulling.get(table) === entry) pulling.delete(table)
        }),
      ),
    )
    const promise = Effect.runPromise(Effect.provide(work, opened.log))
    opened.dataSource.executionContext?.waitUntil(promise.catch(() => undefined))
    return yield* Effect.raceFirst(
      Effect.promise(() => promise),
      Effect.as(Effect.sleep(Math.max(0, deadline - now)), undefined),
    )
  })
