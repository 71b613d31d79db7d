import { ConnectorError } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type { SinkStore } from "../SinkHarness.ts"

/** Whether a step of the sink is kept from happening, or happens and its answer is lost. */
export type Loss = "before" | "after"

/** Counts the steps that an effect takes in a store. */
export const countSteps = <A, E, R>(store: SinkStore, effect: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    let steps = 0
    store.watch = (moment) => {
      if (moment === "before") steps += 1
    }
    return Effect.ensuring(
      Effect.map(effect, () => steps),
      unwatched(store),
    )
  })

/** Lets the n-th step of an effect fail, and gives its outcome. */
export const failingAt = <A, E, R>(
  store: SinkStore,
  n: number,
  loss: Loss,
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<Result.Result<A, E>, never, R> =>
  Effect.suspend(() => {
    let steps = 0
    store.watch = (moment) => {
      if (moment === "before") steps += 1
      if (moment === loss && steps === n) throw new Error("the store was lost, by the kit")
    }
    return Effect.ensuring(Effect.result(effect), unwatched(store))
  })

const unwatched = (store: SinkStore) =>
  Effect.sync(() => {
    store.watch = undefined
  })

/** Whether a failure is one that a run may have because its store was lost. */
export const isRetryable = (error: unknown): boolean => error instanceof ConnectorError && error.isRetryable
