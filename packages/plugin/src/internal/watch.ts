import { Onlooker, type Progress } from "@starbase-replication/core/run"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../Starbase.ts"
import { pendingBilled } from "./billed.ts"
import type { Live } from "./Live.ts"

const runs = new Set<Progress>()
const estimates = new Map<string, number>()
let isolate: string | undefined

/** Has runs of this isolate looked on. */
export const watched = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(run, Onlooker, {
    begun: (one) => void runs.add(one),
    ended: (one) => {
      if (one.estimate !== undefined) estimates.set(one.table, one.estimate)
      runs.delete(one)
    },
  })

/** What this isolate knows, for status elsewhere. */
export const live = (): Live => ({
  // At the top level of a module, Workers have no random numbers.
  isolate: (isolate ??= crypto.randomUUID()),
  runs: Array.from(runs, ({ table, startedAt, read, pages, phase, estimate }) => ({
    table,
    startedAt,
    read,
    pages,
    phase,
    estimate,
  })),
  estimates: [
    ...Array.from(estimates, ([table, rows]) => ({ table, rows })),
    ...Array.from(runs, ({ table, estimate }) => (estimate === undefined ? [] : [{ table, rows: estimate }])).flat(),
  ],
  billed: pendingBilled(),
})

/** What this isolate knows, and the database's own where it runs the tables. */
export const allLive = ({ rpc }: StarbaseDataSource): Effect.Effect<ReadonlyArray<Live>> =>
  Effect.tryPromise(async () => (await rpc.live?.()) ?? undefined).pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.map((other) => {
      const own = live()
      return other === undefined || other.isolate === own.isolate ? [own] : [own, other]
    }),
  )
