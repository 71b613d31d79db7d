import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** The replicator's clock, which a history can move. */
export interface FakeClock extends Clock.Clock {
  /** Moves it by some milliseconds, back where they are negative. */
  readonly jump: (millis: number) => void
  /** What the clock has said so far is never said again, so that a time stands for one moment of a history. */
  readonly moment: (millis: number) => number | undefined
}

/** Waits as long as this are for the network, and are real; shorter ones are over at once. */
const realFrom = 1000

/** So far ahead of the source's clock it begins, that it is ahead of or behind it by a jump alone. */
const ahead = 2 * 86_400_000

/**
 * A clock that goes on by a millisecond each time that it is asked, however long things take. `momentNow` tells the
 * moment of the history.
 */
export const makeClock = (momentNow: () => number): FakeClock => {
  let last = Date.now() + ahead
  const moments = new Map<number, number>()
  const now = (): number => {
    do last += 1
    while (moments.has(last))
    moments.set(last, momentNow())
    return last
  }
  const nanos = () => process.hrtime.bigint()
  return {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.callback((resume) => {
        const millis = Duration.toMillis(duration)
        const timer = setTimeout(() => resume(Effect.void), millis < realFrom ? 0 : millis)
        return Effect.sync(() => clearTimeout(timer))
      }),
    jump: (millis) => {
      last += millis
    },
    moment: (millis) => moments.get(millis),
  }
}
