import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { isDeepStrictEqual } from "node:util"

/** What a check saw that should not be. */
export class Finding extends Data.TaggedError("Finding")<{
  readonly what: string
  readonly expected?: unknown
  readonly actual?: unknown
}> {}

/** Ends a check with what it saw. */
export const broken = (what: string): Effect.Effect<never, Finding> => Effect.fail(new Finding({ what }))

/** Goes on only where a condition holds. */
export const that = (condition: boolean, what: string): Effect.Effect<void, Finding> =>
  condition ? Effect.void : broken(what)

/** Goes on only where two values are deeply equal. */
export const same = (actual: unknown, expected: unknown, what: string): Effect.Effect<void, Finding> =>
  isDeepStrictEqual(actual, expected) ? Effect.void : Effect.fail(new Finding({ what, expected, actual }))

/** Goes on only where two lists hold the same, in whatever order. */
export const sameSet = (
  actual: ReadonlyArray<unknown>,
  expected: ReadonlyArray<unknown>,
  what: string,
): Effect.Effect<void, Finding> => same(sorted(actual), sorted(expected), what)

const sorted = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
  values
    .map((value) => [JSON.stringify(value), value] as const)
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, value]) => value)

const quietMillis = 300
const pause = Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))

/** Waits until something holds, for at most `seconds`. */
export const eventually = (
  holds: () => boolean | Promise<boolean>,
  what: () => string,
  seconds = 10,
): Effect.Effect<void, Finding> =>
  Effect.gen(function* () {
    const deadline = Date.now() + seconds * 1000
    while (!(yield* Effect.promise(async () => holds()))) {
      if (Date.now() > deadline) return yield* broken(`${what()}, also after ${seconds} seconds`)
      yield* pause
    }
  })

/** Waits until a number has stayed as it is for a while, for at most ten seconds. */
export const settled = (read: () => number): Effect.Effect<void, Finding> =>
  Effect.gen(function* () {
    const deadline = Date.now() + 10_000
    let value = read()
    let since = Date.now()
    while (Date.now() - since < quietMillis) {
      if (Date.now() > deadline) return yield* broken("The traffic does not come to rest within ten seconds.")
      yield* pause
      if (read() === value) continue
      value = read()
      since = Date.now()
    }
  })
