import * as Effect from "effect/Effect"
import { type Api, decodeAs } from "../api/Api.ts"
import { Status } from "../api/answers.ts"
import { type Failed, trouble } from "../exit.ts"
import { isTrouble, sourcesByName, stateOf } from "../print/states.ts"
import type { Style } from "../print/style.ts"

/** How an instance is watched. */
export interface Watching {
  readonly api: Api
  readonly style: Style
  readonly untilFresh: boolean
  readonly millis: number
}

/** One look at where everything stands. */
export const look = (api: Api): Effect.Effect<Status, Failed> =>
  Effect.flatMap(api.ask("replicate/status"), ({ result }) => decodeAs(Status)(result))

/** Looks again and again, until `show` says that it is enough. Only the first look may fail; then `miss` is told. */
export const watching = <R>(
  { api, millis }: Watching,
  show: (status: Status) => Effect.Effect<boolean, Failed, R>,
  miss: (failure: Failed) => Effect.Effect<void, never, R>,
): Effect.Effect<void, Failed, R> =>
  Effect.gen(function* () {
    let isEnough = yield* Effect.flatMap(look(api), show)
    let failures = 0
    while (!isEnough) {
      // Who does not answer is asked less often, up to a minute.
      yield* Effect.sleep(Math.min(60_000, millis * 2 ** Math.min(failures, 6)))
      const looked = yield* Effect.result(look(api))
      if (looked._tag === "Success") {
        failures = 0
        isEnough = yield* show(looked.success)
      } else if (looked.failure.exit === "refused") return yield* looked.failure
      else {
        failures++
        yield* miss(looked.failure)
      }
    }
  })

/** Whether nothing is left to wait for: all are complete, or what is not waits for a person, which fails. */
export const isSettled = (status: Status): Effect.Effect<boolean, Failed> => {
  const sources = sourcesByName(status)
  const states = status.tables.map((one) => ({ state: stateOf(one, sources), one }))
  const isDone = ({ state, one }: (typeof states)[number]) =>
    ["ok", "paused", "refused"].includes(state) || (state === "running" && typeof one.lagSeconds === "number")
  if (!states.every((one) => isDone(one) || one.state === "waits")) return Effect.succeed(false)
  return states.some(({ state }) => isTrouble(state)) ? Effect.fail(trouble) : Effect.succeed(true)
}
