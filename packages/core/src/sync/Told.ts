import * as Effect from "effect/Effect"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Verification } from "../state/Verification.ts"
import type { RunTally } from "./Running.ts"

/** How many differing rows an answer names. */
const maxNamed = 1000

/** Adds to a run's result what a verification has found. */
export const tellVerification = Effect.fnUntraced(function* (
  { findings }: SinkRun,
  { checked, repaired, settled = 0, unaccounted = 0 }: Verification,
  complete: boolean,
  tally: RunTally,
) {
  const keys = yield* findings.differences(undefined, maxNamed)
  const differing = (yield* findings.countDifferences) + unaccounted
  tally.verification = { complete, checked, repaired, settled, differing, keys }
})
