import { type Code, ConnectorError, isRetryable } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { broken, same, that } from "./expect.ts"
import { failureOf } from "./subject.ts"
import { shorten } from "./walk.ts"

/** Runs an effect that must fail with one of some codes, in words for a person, and gives its error. */
export const failsWith = Effect.fnUntraced(function* <A, E, R>(
  when: string,
  expected: ReadonlyArray<Code>,
  effect: Effect.Effect<A, E, R>,
) {
  const error: unknown = yield* failureOf(
    effect,
    (value) => `${when}: it did not fail, but gave ${shorten(value ?? "nothing")}.`,
  )
  if (!(error instanceof ConnectorError)) {
    return yield* broken(`${when}: it failed with something that is no ConnectorError: ${shorten(String(error))}.`)
  }
  const wanted = expected.join(" or ")
  if (!expected.includes(error.code)) {
    return yield* broken(
      `${when}: the code must be ${wanted}, and is ${error.code}, with the message: ${error.message}`,
    )
  }
  yield* same(error.isRetryable, isRetryable(error.code), `${when}: whether it is retryable.`)
  yield* that(error.message.trim() !== "", `${when}: the error has no message.`)
  return error
})
