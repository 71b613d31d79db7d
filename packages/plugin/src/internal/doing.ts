import type { Phase } from "@starbase-replication/core/run"
import type { TableState } from "@starbase-replication/core/sink"
import { iso } from "./iso.ts"
import type { Live } from "./Live.ts"

/** How far a run under way is. What is null, another isolate knows. */
export interface Doing {
  readonly startedAt: string | null
  readonly phase: Phase | null
  readonly read: number | null
  readonly pages: number | null
  readonly written: number
  readonly deleted: number
}

/** The run of a table that is under way. */
export const doingOf = (
  { table, running, written, deleted }: Pick<TableState, "table" | "running" | "written" | "deleted">,
  live: ReadonlyArray<Live>,
): Doing | null => {
  const run = live.flatMap(({ runs }) => runs).find((one) => one.table === table)
  if (!running && run === undefined) return null
  return {
    startedAt: iso(run?.startedAt),
    phase: run?.phase ?? null,
    read: run?.read ?? null,
    pages: run?.pages ?? null,
    // Before a run has the table, what stands there is of the one before it.
    written: running ? written : 0,
    deleted: running ? deleted : 0,
  }
}

/** How many rows a load under way has to read, as far as it is known. */
export const estimateOf = (
  { table, syncedAt, rebuilding }: Pick<TableState, "table" | "syncedAt" | "rebuilding">,
  live: ReadonlyArray<Live>,
): number | null => {
  if (syncedAt !== undefined && !rebuilding) return null
  return live.flatMap(({ estimates }) => estimates).findLast((one) => one.table === table)?.rows ?? null
}
