import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "./ConnectorError.ts"

/** So long a pause is waited for inside the run, in milliseconds, and so often; a longer one is left to the next run. */
const longestWait = 5000
const maxWaits = 3

/** Waits where the source asks for a short pause (`retryAfter`), and asks again; else, and at last, fails as it did. */
export const patiently = <A, R>(
  once: Effect.Effect<A, ConnectorError, R>,
  waits = 0,
): Effect.Effect<A, ConnectorError, R> =>
  Effect.catch(once, (error) =>
    error.retryAfter === undefined || error.retryAfter > longestWait || waits >= maxWaits
      ? Effect.fail(error)
      : Effect.andThen(Effect.sleep(Duration.millis(error.retryAfter)), patiently(once, waits + 1)),
  )
