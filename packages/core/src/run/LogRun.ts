import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ReplicationConfig } from "../config/Config.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import { isOfSource } from "../error/Policy.ts"
import { Sink } from "../sink/Sink.ts"
import { Source } from "../source/Source.ts"
import { describe, type InFlight } from "../sync/InFlight.ts"
import type { TableResult } from "../sync/TableResult.ts"
import { followLog, type LogWork, type Planned } from "./LogRound.ts"
import { allTables } from "./LogTables.ts"
import type { Found } from "./Ready.ts"
import { isFollowing } from "./Scheduler.ts"
import type { SourceRun } from "./SourceWork.ts"
import { failTable, planTable } from "./TableRun.ts"

/** What was done by the log, and the tables that it does not serve. */
export interface LoggedRun {
  readonly results: ReadonlyArray<TableResult>
  readonly rest: ReadonlyArray<Found>
}

/** Follows a source's log for all tables of the source that it serves. A failure of the log is theirs, and nobody else's. */
export const runLog = Effect.fn("Log.run")(function* (
  config: ReplicationConfig,
  source: string,
  run: SourceRun,
  { tables: asked, inFlight }: { readonly tables: ReadonlyArray<Found>; readonly inFlight: InFlight | undefined },
): Effect.fn.Return<LoggedRun, ConnectorError, Source | Sink> {
  const { log } = yield* Source
  const sink = yield* Sink
  if (log === undefined || asked.length === 0) return { results: [], rest: asked }
  const isAsked = new Set(asked.map(({ table }) => table.into))
  const mayRun = ({ table: { into } }: Found) =>
    typeof run.select === "object" || run.past.runs.get(into)?.paused !== true
  if (sink.log === undefined) {
    return yield* new ConnectorError({ code: "unsupported", message: "What rows go into here follows no log." })
  }
  const found = yield* allTables(config, source, run.past, asked)
  const work = { source, run, inFlight, log, sink: sink.log, isAsked }
  const done = yield* Effect.result(followAll(work, found))
  if (Result.isSuccess(done)) {
    const { results, isServed } = done.success
    return { results, rest: asked.filter(({ table }) => !isServed(table.into)).filter(mayRun) }
  }
  const error = done.failure
  if (isOfSource(error.code)) return yield* error
  // Without a word of the log, those go on by themselves that it was known not to serve.
  const known = run.past.logs?.get(source)
  const isByItself = ({ table: { into } }: Found) =>
    run.past.runs.get(into)?.position !== undefined &&
    !isFollowing(run.past, source, into) &&
    (known === undefined || known.unserved.has(into))
  const results = yield* Effect.forEach(
    asked.filter((one) => !isByItself(one)),
    ({ table }) => failTable(table, error, run.past),
  )
  return { results, rest: asked.filter(isByItself).filter(mayRun) }
})

/** So often is a log begun once more within a run, at most, because of what it told. */
const mostRounds = 3

/**
 * Follows the log. Where it tells that tables are no longer as they were described, or that what came in between is lost,
 * they are described once more, and what is to be read anew is.
 */
const followAll = Effect.fnUntraced(function* (
  work: Omit<LogWork, "tables" | "standing" | "isAnew" | "isLast">,
  found: ReadonlyArray<Found>,
) {
  const { log, run } = work
  const done = new Map<string, TableResult>()
  let [known, isAnew] = [found, false]
  for (let round = 1; ; round += 1) {
    const tables = yield* Effect.forEach(known, ({ table, schema }) =>
      Effect.map(
        Effect.result(planTable(table, schema, run.past.runs.get(table.into)?.position)),
        (planned): Planned => ({ table, planned }),
      ),
    )
    const names = tables.flatMap(({ planned }) => (Result.isSuccess(planned) ? [planned.success.table.name] : []))
    const standing = yield* log.standing(names)
    const followed = yield* followLog({ ...work, tables, standing, isAnew, isLast: round === mostRounds })
    for (const result of followed.results) done.set(result.table, sumOf(done.get(result.table), result))
    const { isServed, again } = followed
    if (again === undefined) return { results: [...done.values()].filter(({ table }) => isServed(table)), isServed }
    isAnew = again === "anew"
    const { tables: schemas } = yield* describe(found.map(({ table }) => table.table))
    known = found.map(({ table }, at): Found => ({ table, schema: schemas[at] }))
  }
})

/** What two rounds did to a table. */
const sumOf = (before: TableResult | undefined, now: TableResult): TableResult => {
  if (before === undefined) return now
  const [read, written, deleted] = [before.read + now.read, before.written + now.written, before.deleted + now.deleted]
  return { ...now, read, written, deleted, pages: before.pages + now.pages }
}
