import type { TableStatus } from "../api/answers.ts"
import { count, duration, secondsUntil } from "./words.ts"

/** About how many rows the load that is under way has to read, where the source tells. */
export const expectedRows = ({ estimatedRows }: TableStatus): number | undefined =>
  estimatedRows === undefined || estimatedRows === null || estimatedRows <= 0 ? undefined : estimatedRows

const phases: ReadonlyMap<string, string> = new Map([
  ["deletes", "looks for deleted rows"],
  ["verify", "compares values"],
  ["swap", "puts the new one in place"],
])

/** What a run that is under way has done so far. */
export const progressOf = (one: TableStatus, now: number): ReadonlyArray<string> => {
  const expected = isLoading(one) ? expectedRows(one) : undefined
  const of = expected === undefined ? [] : [`of about ${count(expected)}`]
  const { progress } = one
  if (progress === undefined || progress === null) return of
  const { phase, read, startedAt } = progress
  const seconds = secondsUntil(startedAt, now)
  const doing = phases.get(phase ?? "")
  return [
    ...of,
    ...(doing === undefined ? [] : [doing]),
    ...(read === undefined || read === null ? [] : [`${count(read)} read`]),
    ...(seconds === undefined ? [] : [`for ${duration(Math.max(0, -seconds))}`]),
  ]
}

/** Whether a table has not been complete yet. */
export const isLoading = ({ lagSeconds, state }: TableStatus): boolean =>
  state === "loading" || (state === "running" && (lagSeconds === null || lagSeconds === undefined))

/** How fast a table grows, in rows a second, by two looks at it. */
export const rateOf = (rows: number, before: { readonly rows: number; readonly at: number }, now: number): number =>
  Math.max(0, (rows - before.rows) / Math.max(0.001, (now - before.at) / 1000))

/** A bar of so many columns. A share above one, which an estimate may lead to, is a full bar. */
export const bar = (share: number, width: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return "█".repeat(full) + "░".repeat(width - full)
}
