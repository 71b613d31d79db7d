import type { TableStatus } from "../api/answers.ts"
import { count, duration, secondsUntil } from "./words.ts"

/** About how many rows the source has, where the instance tells. */
export const expectedRows = ({ estimate }: TableStatus): number | undefined => {
  const rows = typeof estimate === "number" ? estimate : estimate?.rows
  return rows === undefined || rows <= 0 ? undefined : rows
}

/** What a run that is under way has done so far. */
export const progressOf = (one: TableStatus, now: number): ReadonlyArray<string> => {
  const expected = isLoading(one) ? expectedRows(one) : undefined
  const of = expected === undefined ? [] : [`of about ${count(expected)}`]
  if (typeof one.running !== "object" || one.running === null) return of
  const { read, since } = one.running
  const seconds = secondsUntil(since, now)
  return [
    ...of,
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
