import type { Past, TableResult } from "@starbase-replication/core/run"
import type { RunState } from "@starbase-replication/core/sink"

/** A table's run in this isolate, and what was stored of the table before it. */
interface Look {
  readonly version: string
  readonly lastRunAt: number | undefined
  readonly at: number
}

/**
 * The last run of each table in this isolate that ended well. One that finds nothing is stored once a minute at most, so
 * that by what is stored alone a table would be due again and again in between.
 */
const looks = new Map<string, Look>()

/** Past runs, with those of this isolate after which nothing else was stored. */
export const withLooks = (past: Past, now: number): Past => {
  const looked = (run: RunState): RunState => {
    const look = looks.get(run.table)
    const isLast = look?.version === run.version && look.lastRunAt === run.lastRunAt && look.at <= now
    return isLast ? { ...run, lastRunAt: Math.max(look.at, run.lastRunAt ?? 0) } : run
  }
  return { ...past, runs: new Map(Array.from(past.runs, ([table, run]) => [table, looked(run)])) }
}

/** Remembers which tables a run that began `at` a time has read to their ends; `stored` is as it was before it. */
export const rememberLooks = (stored: Past, results: ReadonlyArray<TableResult>, at: number): void => {
  for (const { table, more, error } of results) {
    const run = stored.runs.get(table)
    if (run === undefined || more || error !== undefined) continue
    looks.set(table, { version: run.version, lastRunAt: run.lastRunAt, at })
  }
}
