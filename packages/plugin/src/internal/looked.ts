import type { Past, TableResult } from "@starbase-replication/core/run"
import type { RunState } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../Starbase.ts"
import type { Look } from "./Look.ts"

/** Those of this isolate, by instance and table: it may serve many instances, whose tables are called alike. */
const own = new Map<string, { readonly instance: string; readonly look: Look }>()

/** So many are remembered; to forget one costs what it says, and nothing else. */
const most = 10_000

/** The last looks of this isolate at an instance, for status elsewhere. */
export const lastLooks = (instance = ""): ReadonlyArray<Look> =>
  [...own.values()].flatMap((one) => (one.instance === instance ? [one.look] : []))

/** The looks of this isolate, and of the database's own where it runs the tables. */
export const allLooks = ({ rpc }: StarbaseDataSource, instance: string): Effect.Effect<ReadonlyArray<Look>> =>
  Effect.tryPromise(async () => (await rpc.lastLooks?.()) ?? []).pipe(
    Effect.orElseSucceed(() => []),
    Effect.map((looks) => [...lastLooks(instance), ...looks]),
  )

/** The last look at each table after which nothing else was stored. */
export const standingLooks = ({ runs }: Past, now: number, looks: ReadonlyArray<Look>): ReadonlyMap<string, Look> => {
  const last = new Map<string, Look>()
  for (const look of looks) {
    const run = runs.get(look.table)
    const isLast = look.version === run?.version && look.lastRunAt === run.lastRunAt && look.at <= now
    if (isLast && look.at >= (last.get(look.table)?.at ?? 0)) last.set(look.table, look)
  }
  return last
}

/** A run as it is stored, or as a later look found it. */
export const withLook = <T extends RunState>(run: T, look: Look | undefined): T =>
  look === undefined
    ? run
    : {
        ...run,
        lastRunAt: Math.max(look.at, run.lastRunAt ?? 0),
        syncedAt: run.syncedAt === undefined ? undefined : Math.max(run.syncedAt, look.syncedAt ?? 0),
      }

/** Past runs, with those looks. */
export const withLooks = (past: Past, looks: ReadonlyMap<string, Look>): Past => ({
  ...past,
  runs: new Map(Array.from(past.runs, ([table, run]) => [table, withLook(run, looks.get(table))])),
})

/** The columns that a run met and left out. */
export const frozenBy = ({ details }: TableResult): ReadonlyArray<string> => details?.drift?.frozen ?? []

/** Remembers which tables runs have read to their ends, each with when it began; `stored` is as it was around them. */
export const rememberLooks = (
  stored: Past,
  results: ReadonlyArray<TableResult>,
  beganAt: (table: string) => number | undefined,
  instance: string,
): void => {
  for (const result of results) {
    const { table, more, error, details } = result
    const run = stored.runs.get(table)
    const at = beganAt(table)
    if (run === undefined || at === undefined || more || error !== undefined) continue
    const { version, lastRunAt } = run
    const look = { table, version, lastRunAt, at, syncedAt: details?.syncedAt, frozen: frozenBy(result) }
    const key = JSON.stringify([instance, table])
    own.delete(key)
    own.set(key, { instance, look })
    const [oldest] = own.keys()
    if (own.size > most && oldest !== undefined) own.delete(oldest)
  }
}
