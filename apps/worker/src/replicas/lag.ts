import { type HubLog, lastFor, type LogState } from "./HubLog.ts"
import type { Moments } from "./Moments.ts"
import { parseName } from "./names.ts"
import type { Known, Lag } from "./Known.ts"

/**
 * How long the oldest change has been there that a replica was not told, for each of some. Where the log does not say any more, it
 * is how long ago the replica had all.
 */
export const lagOf = (log: HubLog, state: LogState, moments: Moments, now: number) => {
  const last = log.last()
  return ({ name, told }: Known): Lag => {
    const identity = parseName(name)?.identity
    if (told === undefined || identity === undefined) return undefined
    const isLost = told.epoch !== state.epoch || told.seq < state.trimmed
    if (isLost) return now - told.at
    const anew = moments.anew(told.seq)
    const first = lastFor(last, identity) > told.seq ? log.firstAfter(identity, told.seq) : undefined
    if (first === undefined && anew === undefined) return 0
    const since = first === undefined ? anew : (moments.since(first) ?? told.at)
    return Math.max(0, now - Math.min(since ?? now, anew ?? now))
  }
}
