import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, it } from "vitest"
import type { Check } from "../Check.ts"
import { NotOffered } from "../Problems.ts"

const startMillis = 300_000
const checkMillis = 60_000

/** Registers checks with vitest, by topic. What `start` gives is there for all of them; its ends run last to first. */
export const register = <H, R>(
  name: string,
  checks: ReadonlyArray<Check<R>>,
  start: (atEnd: (stop: () => Promise<unknown>) => void) => Promise<H>,
  provide: (harness: H) => <A, E>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E>,
): void => {
  describe(name, () => {
    const ends: Array<() => Promise<unknown>> = []
    let harness: H | undefined
    beforeAll(async () => {
      harness = await start((stop) => ends.push(stop))
    }, startMillis)
    afterAll(async () => {
      for (const stop of ends.toReversed()) await stop()
    }, startMillis)

    for (const topic of new Set(checks.map((check) => check.topic))) {
      describe(topic, () => {
        for (const check of checks.filter((one) => one.topic === topic)) {
          it(
            check.name,
            async (context) => {
              if (harness === undefined) throw new Error("the harness did not start")
              const run = Effect.match(provide(harness)(check.run), {
                onSuccess: () => undefined,
                onFailure: (problem) => problem,
              })
              const problem = await Effect.runPromise(run, { signal: context.signal })
              if (problem instanceof NotOffered) context.skip(problem.reason)
              if (problem !== undefined) throw problem
            },
            checkMillis,
          )
        }
      })
    }
  })
}
