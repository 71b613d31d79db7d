import * as Effect from "effect/Effect"
import type { StarbaseContext } from "../Starbase.ts"
import type { Open } from "./open.ts"
import { run, tellFailed } from "./run.ts"

const gap = 10_000
let last = 0

/** Runs what is due behind a request, unless a request of the last seconds has had it done in this isolate. */
export const runBehind = (context: StarbaseContext, open: Open): void => {
  const dataSource = context.get("dataSource")
  const now = Date.now()
  if (dataSource.executionContext === undefined || now - last < gap) return
  last = now
  const behind = Effect.flatMap(open(dataSource), (opened) =>
    run(opened, { select: "due", claim: false }).pipe(
      Effect.catch(tellFailed),
      Effect.catchCause((cause) => Effect.logError("defect", cause)),
      Effect.provide(opened.log),
    ),
  )
  dataSource.executionContext.waitUntil(Effect.runPromise(behind))
}
