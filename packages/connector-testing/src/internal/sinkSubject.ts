import { type ConnectorError, Sink, type SinkShape } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { SinkHarness, SinkStore } from "../SinkHarness.ts"
import { broken, type Finding, same } from "./expect.ts"
import { failsWith } from "./failures.ts"

/** The sink that is examined. */
export class SinkSubject extends Context.Service<SinkSubject, SinkHarness>()(
  "@starbase-replication/connector-testing/SinkSubject",
) {}

/** A store of a check's own, under a clock of its own. */
export interface Bench {
  readonly store: SinkStore
  /** Uses the sink, each time as another process does. */
  readonly use: <A, E>(effect: Effect.Effect<A, E, Sink>) => Effect.Effect<A, E>
  /** Asks the sink for something. */
  readonly ask: <A, E>(question: (sink: SinkShape) => Effect.Effect<A, E>) => Effect.Effect<A, E>
  /** Uses the sink, which must fail. */
  readonly fails: <A, E>(
    when: string,
    code: ConnectorError["code"],
    effect: Effect.Effect<A, E, Sink>,
  ) => Effect.Effect<ConnectorError, Finding>
  /** Moves the clock on. */
  readonly wait: (millis: number) => Effect.Effect<void>
  readonly now: Effect.Effect<number>
}

/** Some moment, to the millisecond. */
const start = Date.UTC(2026, 0, 1)

/** How long a run holds its table after its last write, in milliseconds. */
export const leaseMillis = 60_000

/** A new and empty store. */
export const bench = Effect.gen(function* () {
  const harness = yield* SinkSubject
  const store = yield* Effect.promise(harness.store)
  const clock = yield* TestClock.make()
  yield* clock.setTime(start)
  const use: Bench["use"] = (effect) =>
    Effect.provideService(Effect.provide(effect, Layer.fresh(store.sink)), Clock.Clock, clock)
  const made: Bench = {
    store,
    use,
    ask: (question) => use(Effect.flatMap(Sink, question)),
    fails: (when, code, effect) => failsWith(when, [code], use(effect)),
    wait: (millis) => clock.adjust(millis),
    now: clock.currentTimeMillis,
  }
  return made
})

/** Runs an effect after which the store must have taken no write. */
export const writingNothing = <A, E, R>({ store }: Bench, what: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { takeWrites } = store
    if (typeof takeWrites !== "function") return yield* effect
    takeWrites()
    const value = yield* effect
    yield* same(takeWrites(), 0, `${what}: how many writes it costs.`)
    return value
  })

/** A value that must be there. */
export const present = <A>(value: A | undefined, what: string): Effect.Effect<A, Finding> =>
  value === undefined ? broken(what) : Effect.succeed(value)
