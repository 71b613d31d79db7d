import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../../Starbase.ts"
import type { Runner } from "../run.ts"

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
  /** Whether another run was in its way, so that it is worth looking again. */
  readonly wasBusy: boolean
}

/**
 * Pulls tables for a reader who waits until the deadline; the pull goes on behind the request then, to the end of what
 * it is reading. Undefined where it did not end in time.
 */
export const pull = (
  { run, logged }: Runner,
  dataSource: StarbaseDataSource,
  tables: ReadonlyArray<string>,
  deadline: number,
): Effect.Effect<ReadonlyMap<string, Pulled> | undefined> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const entry: Pulling = { until: deadline + graceMillis, isDone: false }
    for (const table of tables) pulling.set(table, entry)
    const synced = new Map<string, number>()
    const work = run(dataSource, {
      select: { into: tables },
      claim: false,
      millis: Math.max(1, deadline - now),
      onSynced: (table, at) => synced.set(table, at),
    }).pipe(
      Effect.map((results) => new Map(results.map(({ table, error }) => [table, error?.code]))),
      Effect.orElseSucceed(() => new Map<string, undefined>()),
      Effect.map((codes) => {
        const outcome = (table: string): Pulled => {
          const code = codes.get(table)
          return { freshAt: synced.get(table), wasBusy: code === "busy" || code === "lease-lost" }
        }
        return new Map(tables.map((table) => [table, outcome(table)]))
      }),
      Effect.ensuring(
        Effect.sync(() => {
          entry.isDone = true
          for (const table of tables) if (pulling.get(table) === entry) pulling.delete(table)
        }),
      ),
    )
    const promise = Effect.runPromise(logged(dataSource, work))
    dataSource.executionContext?.waitUntil(promise.catch(() => undefined))
    return yield* Effect.raceFirst(
      Effect.promise(() => promise),
      Effect.as(Effect.sleep(Math.max(0, deadline - now)), undefined),
    )
  })
