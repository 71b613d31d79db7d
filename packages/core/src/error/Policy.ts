import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { type Code, codes, type Sequel } from "./codes.ts"

/** When a failed table is tried again by itself. */
export interface Retry {
  /** In milliseconds since 1970; without it, not before its config is another one. */
  readonly at?: number
  /** The fingerprint of the config that it failed with, where another one may do: then it is tried at once. */
  readonly blockedBy?: string
}

const first = 5_000
const most = 900_000

/** Milliseconds to wait after so many failures in a row, doubling from 5 seconds to 15 minutes, give or take a fifth. */
export const backoff = (failures: number, retryAfter: number | undefined): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.8, 1.2), (jitter) =>
    Math.round(Math.max(retryAfter ?? 0, Math.min(most, first * 2 ** Math.min(20, failures - 1)) * jitter)),
  )

const sequelOf = (code: Code): Sequel => codes[code].leadsTo

/** Whether the same run may succeed later without anyone's help. */
export const isRetryable = (code: Code): boolean => sequelOf(code) === "retry" || sequelOf(code) === "other-run"

/** Whether a failure concerns the source as a whole, so that none of its tables need be tried. */
export const isOfSource = (code: Code): boolean => codes[code].scope === "source"

/** Whether it is another run that stopped this one, which is no failure of the table. */
export const isOtherRun = (code: Code): boolean => sequelOf(code) === "other-run"

/** What is known of a failure, beside what failed, when its next try is set. */
export interface Failed {
  /** Failures in a row, this one included. */
  readonly failures: number
  /** Whether the run had begun, so that the next one may meet something else. */
  readonly hasBegun: boolean
  /** The fingerprint of the config that it failed with. */
  readonly fingerprint: string
}

/** When a table that failed is tried again; `retryAfter` is for how many milliseconds the source asked to be left alone. */
export const retryOf = (
  { code, retryAfter }: { readonly code: Code; readonly retryAfter?: number },
  { failures, hasBegun, fingerprint }: Failed,
): Effect.Effect<Retry> =>
  Effect.gen(function* () {
    const sequel = sequelOf(code)
    if (sequel === "wait" || (sequel === "next-run" && !hasBegun)) return { blockedBy: fingerprint }
    const at = (yield* Clock.currentTimeMillis) + (yield* backoff(failures, retryAfter))
    return sequel === "probe" ? { at, blockedBy: fingerprint } : { at }
  })
