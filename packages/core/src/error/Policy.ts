import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { type Code, codes, ConnectorError } from "./ConnectorError.ts"

/** When a failed table or source is tried again by itself. */
export type Retry =
  | {
      /** At this time, in milliseconds since 1970. */
      readonly at: number
    }
  | {
      /** Not before the config has another fingerprint than this one. */
      readonly blockedBy: string
    }

const first = 5_000
const most = 900_000

/** Milliseconds to wait after so many failures in a row, doubling from 5 seconds to 15 minutes, give or take a fifth. */
export const backoff = (failures: number, retryAfter: number | undefined): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.8, 1.2), (jitter) =>
    Math.round(Math.max(retryAfter ?? 0, Math.min(most, first * 2 ** Math.min(20, failures - 1)) * jitter)),
  )

/** Whether a failure concerns the source as a whole, so that none of its tables need be tried. */
export const isOfSource = (code: Code): boolean => codes[code].scope === "source"

/**
 * Failures that wait for nobody although they are not retryable by themselves: the next run meets a table whose columns
 * changed in mid-run as it is then, and what the guard stops is the deletions alone.
 */
export const goesOn: ReadonlySet<Code> = new Set(["column-missing", "schema-changed", "delete-guard"])

/** When a table that failed so often in a row is tried again. */
export const retryOf = (error: ConnectorError, failures: number, blockedBy: string): Effect.Effect<Retry> =>
  Effect.gen(function* () {
    if (!error.isRetryable && !isOfSource(error.code)) return { blockedBy }
    return { at: (yield* Clock.currentTimeMillis) + (yield* backoff(failures, error.retryAfter)) }
  })

export const toError = (cause: Cause.Cause<ConnectorError>): ConnectorError => {
  const failure = Result.getOrUndefined(Cause.findError(cause))
  if (failure !== undefined) return failure
  return Cause.hasInterrupts(cause)
    ? new ConnectorError({ code: "unknown", message: "The run was stopped before its end." })
    : new ConnectorError({ code: "unknown", message: "The run failed by a defect of this program." })
}
