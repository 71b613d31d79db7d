import * as Hash from "effect/Hash"
import { nextAfter, type Schedule } from "../config/Schedule.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import type { LogState } from "../sink/LogSink.ts"
import type { RunState, SourceState } from "../sink/States.ts"

/** What is stored about past runs, by table and by source. */
export interface Past {
  readonly runs: ReadonlyMap<string, RunState>
  readonly sources: ReadonlyMap<string, SourceState>
  /** The logs that are followed, by their sources; none where nobody has asked for them. */
  readonly logs?: ReadonlyMap<string, LogState>
}

/** No wait is longer than this; a time further ahead was stored before the clock was set back. */
const longestWait = 86_400_000

/** A text that is another one where a table's config is, so that a table which failed for good is tried with it. */
export const fingerprint = (table: TableConfig): string => String(Hash.string(JSON.stringify({ ...table, path: "" })))

/** When a table is due, in milliseconds since 1970; undefined where it waits for an operator. */
export const dueAt = (table: TableConfig, past: Past, now: number): number | undefined => {
  const run = past.runs.get(table.into)
  const source = waitUntil(past.sources.get(table.source)?.retryAt, now)
  if (run === undefined) return source ?? 0
  if (run.paused && table.log !== undefined && past.logs?.has(table.source) === true) {
    // A pause of tables must not have the source keep its log for ever.
    return Math.max(source ?? 0, ownDueAt({ schedule: { kind: "every", millis: table.log.every } }, run, now))
  }
  if (isWaiting(table, run)) return undefined
  // It failed with another config than today's.
  if (run.blockedBy !== undefined && run.blockedBy !== fingerprint(table)) return source ?? 0
  return Math.max(source ?? 0, ownDueAt({ schedule: scheduleOf(table, past) }, run, now))
}

/** The schedule of a table, or where it follows its source's log, or is to do so once more, that of the log. */
const scheduleOf = ({ schedule, log, source, into }: TableConfig, past: Past): Schedule => {
  const isServed = past.logs?.get(source)?.unserved.has(into) === false
  return log !== undefined && (isServed || isFollowing(past, source, into))
    ? { kind: "every", millis: log.every }
    : schedule
}

/** Whether a table follows its source's log. */
export const isFollowing = ({ logs }: Past, source: string, into: string): boolean =>
  logs?.get(source)?.following.some((target) => target.into === into) === true

/** Whether a table is not run by itself until an operator lets it, or its config is another one. */
export const isWaiting = (table: TableConfig, run: RunState): boolean =>
  run.paused || (run.retryAt === undefined && run.blockedBy === fingerprint(table))

/** Until when to wait, unless the time was stored before the clock was set back. */
export const waitUntil = (at: number | undefined, now: number): number | undefined =>
  at === undefined || at > now + longestWait ? undefined : at

const ownDueAt = ({ schedule }: Pick<TableConfig, "schedule">, run: RunState, now: number): number => {
  if (run.retryAt !== undefined) return waitUntil(run.retryAt, now) ?? now
  if (run.lastRunAt === undefined || run.more) return 0
  return run.lastRunAt > now ? now : nextAfter(schedule, run.lastRunAt)
}

/**
 * The tables that are due now, or all but, and not running, the most overdue first. Ticks that were missed count as one.
 */
export const dueTables = (tables: ReadonlyArray<TableConfig>, past: Past, now: number): ReadonlyArray<TableConfig> =>
  tables
    .flatMap((table) => {
      const at = dueAt(table, past, now)
      const run = past.runs.get(table.into)
      return at === undefined || at > now + slack(scheduleOf(table, past), run) || run?.running === true
        ? []
        : [{ table, at }]
    })
    .toSorted((a, b) => a.at - b.at)
    .map(({ table }) => table)

/**
 * How much too early a table is run along. A run begins a moment after the tick that started it, so that the next tick
 * would find the table not quite due, and of ticks each minute every second one would do nothing.
 */
const slack = (schedule: Schedule, run: RunState | undefined): number =>
  schedule.kind === "every" && run?.retryAt === undefined ? Math.min(5000, schedule.millis / 10) : 0

/** When the next of the tables is due, in milliseconds since 1970, or undefined where none ever is. */
export const nextDue = (tables: ReadonlyArray<TableConfig>, past: Past, now: number): number | undefined =>
  tables.reduce<number | undefined>((least, table) => {
    const at = dueAt(table, past, now)
    return at === undefined || (least !== undefined && least <= at) ? least : at
  }, undefined)
