import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { patiently } from "../src/error/patiently.ts"

/** Asks a source that always wants to be left alone for so many milliseconds, and tells how often it was asked. */
const ask = (retryAfter: number | undefined) => {
  let asked = 0
  const once = Effect.suspend(() => {
    asked += 1
    const wait = retryAfter === undefined ? {} : { retryAfter }
    return Effect.fail(new ConnectorError({ code: "rate-limited", message: `asked ${asked} times`, ...wait }))
  })
  return { asked: () => asked, failing: Effect.flip(patiently(once)) }
}

it.effect("keeps a pause of up to 5 seconds, three times, and then fails", () =>
  Effect.gen(function* () {
    const { asked, failing } = ask(5000)
    const fiber = yield* Effect.forkChild(failing)
    for (const times of [1, 2, 3]) {
      yield* TestClock.adjust(4999)
      expect(asked()).toBe(times)
      yield* TestClock.adjust(1)
      expect(asked()).toBe(times + 1)
    }
    expect(yield* Fiber.join(fiber)).toMatchObject({ code: "rate-limited", message: "asked 4 times" })
  }),
)

it.effect.each([5001, undefined])("does not wait for %s milliseconds", (retryAfter) =>
  Effect.gen(function* () {
    const { asked, failing } = ask(retryAfter)
    expect(yield* failing).toMatchObject({ message: "asked 1 times" })
    expect(asked()).toBe(1)
  }),
)
