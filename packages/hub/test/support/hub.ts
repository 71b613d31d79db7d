import { batchOf, begin, finished, planOf, pull } from "@starbase-replication/connector-testing/plans"
import { type ConnectorError, type Fan, type Plan, Sink } from "@starbase-replication/core/sink"
import { layer } from "@starbase-replication/sink-sqlite"
import type { SqliteObject } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"

type Row = ReadonlyArray<string | null>

export const using = <A>(object: SqliteObject, effect: Effect.Effect<A, ConnectorError, Sink>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, layer(object.execute)))

export const keep = { age: 86_400_000, entries: 100_000 }

/** Has the sink log changes as wanted. */
export const arrange = (object: SqliteObject, fanOf: (into: string) => Fan, changed = 0, kept = keep) =>
  using(
    object,
    Effect.flatMap(Sink, ({ hub }) => hub?.arrange({ fanOf, keep: kept }, changed) ?? Effect.die("no hub")),
  )

/** Brings rows into a replica table as a pull does. */
export const bring = (object: SqliteObject, plan: Plan, rows: ReadonlyArray<Row>) =>
  using(object, pull(plan, batchOf(rows)))

/** Builds the replica anew with these rows and puts it in its place. */
export const rebuild = (object: SqliteObject, plan: Plan, rows: ReadonlyArray<Row>) =>
  using(
    object,
    Effect.gen(function* () {
      const run = yield* begin(plan, { refresh: true })
      yield* run.apply(batchOf(rows))
      yield* run.swap ?? Effect.die("nothing to swap")
      yield* run.finish(finished)
    }),
  )

export { planOf }
