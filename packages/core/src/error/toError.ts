import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ConnectorError } from "./ConnectorError.ts"

/**
 * The error of a run's cause. Of a defect it holds no word, for those may be anything: the cause itself is logged here,
 * once, as an error of Effect's own logger.
 */
export const toError = (cause: Cause.Cause<ConnectorError>): Effect.Effect<ConnectorError> => {
  const failure = Result.getOrUndefined(Cause.findError(cause))
  if (failure !== undefined) return Effect.succeed(failure)
  if (Cause.hasInterruptsOnly(cause)) {
    return Effect.succeed(new ConnectorError({ code: "unknown", message: "The run was stopped before its end." }))
  }
  const defect = new ConnectorError({
    code: "unknown",
    message: "The run failed by a defect of this program.",
    hint: "The log has where it arose; please report it.",
  })
  return Effect.as(Effect.logError("defect", cause), defect)
}

/**
 * Goes on from any failure, defects included, by its error. An interruption is passed on, for nobody is there to go on.
 */
export const recover =
  <B, R2>(handle: (error: ConnectorError) => Effect.Effect<B, never, R2>) =>
  <A, R>(effect: Effect.Effect<A, ConnectorError, R>): Effect.Effect<A | B, ConnectorError, R | R2> =>
    Effect.catchCause(effect, (cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : Effect.flatMap(toError(cause), handle),
    )
