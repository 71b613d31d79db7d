import * as Effect from "effect/Effect"
import type { StarbaseContext } from "../Starbase.ts"
import { log } from "./logs/line.ts"
import { countSeen, isTold, omittedBefore } from "./logs/sampling.ts"
import type { Runner } from "./run.ts"

const gap = 10_000
let last = 0

/** Runs what is due behind a request, unless a request of the last seconds has had it done in this isolate. */
export const runBehind = (context: StarbaseContext, { run, logged }: Runner): void => {
  const dataSource = context.get("dataSource")
  const now = Date.now()
  if (dataSource.executionContext === undefined || now - last < gap) return
  last = now
  const behind = run(dataSource, { select: "due", claim: false }).pipe(
    Effect.catch(({ code, message }) => {
      const count = countSeen(`run.failed ${code} ${message}`)
      return isTold(count) ? log("error", "run.failed", { code, message, omitted: omittedBefore(count) }) : Effect.void
    }),
    Effect.catchCause((cause) => Effect.logError("defect", cause)),
  )
  dataSource.executionContext.waitUntil(Effect.runPromise(logged(dataSource, behind)))
}
