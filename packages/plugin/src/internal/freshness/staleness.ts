import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** The header by which a query asks for fresh rows. */
export const maxStalenessHeader = "X-Replication-Max-Staleness"

/** The header that tells how far behind the rows of an answer may be. */
export const lagHeader = "X-Replication-Lag"

const short = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/
const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds from `5s`, `500ms`, `1m` or Effect's words such as `5 seconds`; undefined where it is none of these. */
export const parseStaleness = (text: string): number | undefined => {
  const [, digits, unit] = short.exec(text.trim()) ?? []
  if (digits !== undefined && unit !== undefined) return Number(digits) * (units[unit] ?? 1)
  const parsed = Option.getOrUndefined(Duration.fromInput(text.trim() as Duration.Input))
  const millis = parsed === undefined ? -1 : Duration.toMillis(parsed)
  return millis >= 0 && Number.isFinite(millis) ? millis : undefined
}

/** The lag in seconds as the header says it. */
export const formatLag = (millis: number | undefined): string =>
  millis === undefined ? "unknown" : String(Math.max(0, Math.round(millis)) / 1000)
