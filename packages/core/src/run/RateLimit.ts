import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { Spending } from "../config/Budget.ts"
import type { SourceLimits } from "../config/Config.ts"
import { mapQueries, type SourceShape } from "../source/Source.ts"

/** Counts the queries that are asked of a source, and spaces them as far apart as its limit wants. */
export const makeMeter = (limits: SourceLimits | undefined, spending: Spending) => {
  const gap = limits?.queriesPerSecond === undefined ? 0 : 1000 / limits.queriesPerSecond
  const turn = Semaphore.makeUnsafe(1)
  let next = 0
  const wait = (queries: number) =>
    Effect.gen(function* () {
      spending.queries += queries
      if (gap === 0) return
      const now = yield* Clock.currentTimeMillis
      yield* Effect.sleep(Math.max(0, next - now))
      next = Math.max(now, next) + gap * queries
    }).pipe(turn.withPermit)

  /** The same source, metered. */
  return (source: SourceShape): SourceShape =>
    mapQueries(source, (query, _, queries) => Effect.andThen(wait(queries), query))
}
