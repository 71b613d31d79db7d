import { Onlooker, type Progress } from "@starbase-replication/core/run"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../Starbase.ts"
import { pendingBilled } from "./billed.ts"
import type { Live } from "./Live.ts"

/** Runs, and estimates by table, of each instance: an isolate may serve many, whose tables are called alike. */
const known = new Map<string, { readonly runs: Set<Progress>; readonly estimates: Map<string, number> }>()
let isolate: string | undefined

const ofInstance = (instance: string) => {
  const found = known.get(instance) ?? { runs: new Set(), estimates: new Map() }
  known.set(instance, found)
  return found
}

/** Has runs of this isolate looked on. */
export const watched = <A, E, R>(run: Effect.Effect<A, E, R>, instance: string): Effect.Effect<A, E, R> =>
  Effect.provideService(run, Onlooker, {
    begun: (one) => void ofInstance(instance).runs.add(one),
    ended: (one) => {
      const { runs, estimates } = ofInstance(instance)
      if (one.estimate !== undefined) estimates.set(one.table, one.estimate)
      runs.delete(one)
      if (runs.size === 0 && estimates.size === 0) known.delete(instance)
    },
  })

/** What this isolate knows of an instance, for status elsewhere. */
export const live = (instance = ""): Live => {
  const { runs, estimates } = known.get(instance) ?? { runs: [], estimates: [] }
  return {
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
  }
}

/** What this isolate knows, and the database's own where it runs the tables. */
export const allLive = ({ rpc }: StarbaseDataSource, instance: string): Effect.Effect<ReadonlyArray<Live>> =>
  Effect.tryPromise(async () => (await rpc.live?.()) ?? undefined).pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.map((other) => {
      const own = live(instance)
      return other === undefined || other.isolate === own.isolate ? [own] : [own, other]
    }),
  )
