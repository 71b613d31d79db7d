import type { TableConfig } from "./Config.ts"
import type { RunState } from "./Sink.ts"

/** When a table is due, in milliseconds since 1970: at once where it never ran or has more to read. */
const dueAt = (every: number, run: RunState | undefined): number =>
  run?.lastRunAt === undefined || run.more ? 0 : run.lastRunAt + every

/** The tables that are due now and not running, the most overdue first. */
export const dueTables = <T extends Pick<TableConfig, "into" | "every">>(
  tables: ReadonlyArray<T>,
  runs: ReadonlyMap<string, RunState>,
  now: number,
): ReadonlyArray<T> =>
  tables
    .map((table) => ({ table, at: dueAt(table.every, runs.get(table.into)) }))
    .filter(({ table, at }) => at <= now && runs.get(table.into)?.running !== true)
    .toSorted((a, b) => a.at - b.at)
    .map(({ table }) => table)

/** When the next of the tables is due, in milliseconds since 1970, or undefined where there are none. */
export const nextDue = (
  tables: ReadonlyArray<Pick<TableConfig, "into" | "every">>,
  runs: ReadonlyMap<string, RunState>,
): number | undefined =>
  tables.reduce<number | undefined>((least, table) => {
    const at = dueAt(table.every, runs.get(table.into))
    return least === undefined ? at : Math.min(least, at)
  }, undefined)
