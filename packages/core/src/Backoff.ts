import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { codes, type Code } from "./ConnectorError.ts"

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
