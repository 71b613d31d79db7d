import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { beginShare, isSpent } from "../config/Budget.ts"
import type { ReplicationConfig } from "../config/Config.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import { isOfSource } from "../error/Policy.ts"
import { unserved } from "../plan/Logged.ts"
import type { Plan } from "../plan/Plan.ts"
import type { LogSink } from "../sink/LogSink.ts"
import { Sink } from "../sink/Sink.ts"
import type { LogStanding, SourceLog } from "../source/Log.ts"
import { Source } from "../source/Source.ts"
import { type LogContext, makeContext, type Served } from "../follow/Context.ts"
import type { Followed } from "../follow/Follow.ts"
import { makeByLog } from "../follow/Load.ts"
import { unseenChanges } from "../follow/Unseen.ts"
import { emptyResult, type TableResult } from "../sync/TableResult.ts"
import { describe, type InFlight } from "../sync/InFlight.ts"
import { formatTableName } from "../table/Table.ts"
import { allTables } from "./LogTables.ts"
import type { Found } from "./Ready.ts"
import { isFollowing } from "./Scheduler.ts"
import type { SourceRun } from "./SourceWork.ts"
import { failTable, planTable, runTable } from "./TableRun.ts"

/** What was done by the log, and the tables that it does not serve. */
export interface LoggedRun {
  readonly results: ReadonlyArray<TableResult>
  readonly rest: ReadonlyArray<Found>
}

/** A table with its plan. */
interface Planned {
  readonly table: TableConfig
  readonly planned: Result.Result<Plan, ConnectorError>
}

/** Where the log tells all, keys are compared no more often than this, in milliseconds. */
const leastReconcile = 7 * 86_400_000

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
  const isByItself = ({ table: { into } }: Found) =>
    run.past.runs.get(into)?.position !== undefined && !isFollowing(run.past, source, into)
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
    if (again === undefined) return { results: [...done.values()], isServed }
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

interface LogWork {
  readonly source: string
  readonly run: SourceRun
  readonly inFlight: InFlight | undefined
  readonly log: SourceLog
  readonly sink: LogSink
  readonly tables: ReadonlyArray<Planned>
  readonly isAsked: ReadonlySet<string>
  readonly standing: LogStanding
  /** Whether what came in between is known to be lost. */
  readonly isAnew: boolean
  /** Whether there is no round after this one. */
  readonly isLast: boolean
}

const followLog = Effect.fnUntraced(function* (work: LogWork) {
  const { source, run, log, tables, standing, inFlight, isAsked } = work
  const { past } = run
  const isPaused = (into: string) => past.runs.get(into)?.paused === true
  const without = new Map<string, string>()
  const able = tables.flatMap(({ table, planned }) => {
    if (Result.isFailure(planned)) return []
    const logged = standing.tables.get(formatTableName(planned.success.table.name))
    const why = unserved(planned.success, logged)
    if (why !== undefined) without.set(table.into, why)
    return logged === undefined || why !== undefined ? [] : [{ table, plan: planned.success, logged }]
  })
  const sink = yield* work.sink.begin(source, { claim: run.claim, plans: able.map(({ plan }) => plan) })
  const begun = yield* beginAt(work, sink)
  const state: Followed = {
    position: begun.position,
    stored: begun.position,
    part: begun.isAnew ? undefined : sink.stored?.part,
    syncedAt: undefined,
    more: false,
    read: new Map(),
    emptied: new Map(),
    untold: new Set(),
    isLost: false,
  }
  const served = new Map(
    able.flatMap(({ table, logged }, at): Array<[string, Served]> => {
      const plan = sink.tables[at]?.plan
      return plan === undefined || isPaused(table.into) ? [] : [[table.into, { plan, logged }]]
    }),
  )
  const stands = new Map(able.map(({ table }, at) => [table.into, sink.tables[at]]))
  const context = makeContext({
    log,
    sink,
    served,
    standing,
    following: begun.isAnew ? [] : (sink.stored?.following ?? []),
    state,
    deadline: run.deadline,
    isStopped: () => isSpent(run.spending),
  })
  for (const target of begun.isAnew ? [] : (sink.stored?.following ?? [])) {
    const one = served.get(target.into)
    const stand = stands.get(target.into)
    const isFit = target.which === "live" ? stand?.isAsPlanned === true : stand?.isNextAsPlanned === true
    if (one === undefined || !isFit || one.logged.member !== target.member) yield* context.leave(target)
  }
  if (!begun.isAnew) yield* log.confirm(state.position)
  yield* context.poll

  const again = state.isLost ? "anew" : state.untold.size > 0 ? "described" : undefined
  const isBegunAgain = again !== undefined && !work.isLast
  const unseen = yield* unseenChanges(context)
  const results = new Map<string, TableResult>()
  const now = yield* Clock.currentTimeMillis
  // One that waits for its next try, or for an operator, is not asked for, and has what it needs done once it is.
  const runs = able.filter(
    ({ table: { into, ...table } }) =>
      !isBegunAgain &&
      !state.untold.has(into) &&
      isAsked.has(into) &&
      served.has(into) &&
      (unseen.has(into) || needsRun(work, context, stands, { into, ...table }, now)),
  )
  let left = runs.length
  for (const { table, plan } of runs) {
    const now = yield* Clock.currentTimeMillis
    const time = run.deadline - now
    if (left < runs.length && (time <= 0 || isSpent(run.spending))) {
      results.set(table.into, { ...emptyResult(table.into), more: true })
      continue
    }
    const deadline = now + Math.max(0, time) / left
    left -= 1
    const share = beginShare(run.spending)
    const isLive = context.find({ into: table.into, which: "live" }) !== undefined
    const stand = stands.get(table.into)
    // What became of its columns is for the table's drift to say.
    const isHealing = !isLive && stand?.hasBegun === true && !stand.hasDrifted
    const isRefreshed = (run.refresh && isAsked.has(table.into)) || isHealing || unseen.has(table.into)
    const isVerified = isAsked.has(table.into) ? run.verify : undefined
    const options = {
      ...run,
      verify: isVerified,
      claim: true,
      refresh: isRefreshed,
      deadline,
      share,
      inFlight,
      ahead: undefined,
      byLog: makeByLog(context),
    }
    const result = yield* runTable(table, Result.succeed(rarelyCompared(plan)), options)
    results.set(table.into, result)
    // One that cannot go on must not have the log go into rows that nobody mends.
    if (result.error !== undefined && isOfSource(result.error.code)) break
  }

  const counts = yield* sink.finish({
    position: state.position,
    syncedAt: state.syncedAt,
    read: state.read,
    unserved: without,
    keeping: keepingOf(context.standing()),
  })
  const isServed = (into: string) => able.some(({ table }) => table.into === into)
  const told = tables.flatMap(({ table: { into } }): ReadonlyArray<TableResult> => {
    const known = results.get(into)
    if (known !== undefined) return [withPosition(known, state)]
    if (!isServed(into)) return []
    const { written = 0, deleted = 0 } = counts.get(into) ?? {}
    const read = state.read.get(into) ?? 0
    if (isPaused(into) || (!isAsked.has(into) && read === 0)) return isAsked.has(into) ? [emptyResult(into)] : []
    const details = {
      source,
      failedBefore: 0,
      retryAt: undefined,
      syncedAt: state.syncedAt,
      drift: undefined,
      rebuilt: false,
      anew: undefined,
      cautions: [],
    }
    const result = { ...emptyResult(into), read, written, deleted, pages: read > 0 ? 1 : 0, more: state.more, details }
    return [withPosition(result, state)]
  })
  return { results: told, isServed, again: isBegunAgain ? again : undefined }
})

const withPosition = (result: TableResult, { position }: Followed): TableResult =>
  result.details === undefined ? result : { ...result, details: { ...result.details, position } }

const keepingOf = ({ state, held, safe, keeping, holds }: LogStanding) => ({
  state,
  held,
  safe,
  keeping,
  holds: holds ?? null,
})

/** Where the log goes on: where it was left, or anew where what came in between is lost, or may be. */
const beginAt = Effect.fnUntraced(function* (
  { log, standing, inFlight, isAnew }: LogWork,
  sink: Effect.Success<ReturnType<LogSink["begin"]>>,
) {
  const { stored } = sink
  const { slot = "" } = log
  const history = inFlight?.history ?? ""
  const isWhole =
    !isAnew &&
    stored !== undefined &&
    standing.state === "ready" &&
    stored.slot === slot &&
    stored.publication === standing.publication &&
    stored.history === history &&
    (standing.kept === undefined ? log.slot === undefined : log.isPast(stored.position, standing.kept)) &&
    log.isPast(standing.end, stored.position)
  if (isWhole) return { position: stored.position, isAnew: false }
  // What is kept for nobody goes back further than is needed.
  const kept = log.slot === undefined ? undefined : standing.kept
  const position = kept ?? (yield* log.keep)
  yield* sink.start({ slot, position, publication: standing.publication, history })
  return { position, isAnew: true }
})

/** Whether a table is to be loaded, gone on with after a failure, or compared with its source. */
const needsRun = (
  { run, isAsked }: LogWork,
  context: LogContext,
  stands: ReadonlyMap<string, { readonly hasBegun: boolean } | undefined>,
  { into, deletes }: TableConfig,
  now: number,
): boolean => {
  const live = context.find({ into, which: "live" })
  const past = run.past.runs.get(into)
  const isWanted = isAsked.has(into) && (run.refresh || run.verify !== undefined)
  const isLoading = live?.high === undefined || context.find({ into, which: "next" }) !== undefined
  const isUnsettled = past === undefined || past.more || past.failures > 0 || past.syncedAt === undefined
  if (isWanted || isLoading || isUnsettled || context.isWanting({ into, which: "live" })) return true
  if (stands.get(into)?.hasBegun !== true) return true
  const every = deletes.kind === "reconcile" ? Math.max(leastReconcile, deletes.every) : Number.POSITIVE_INFINITY
  return past.reconciledAt !== undefined && now - past.reconciledAt >= every
}

const rarelyCompared = (plan: Plan): Plan =>
  plan.deletes.kind === "reconcile"
    ? { ...plan, deletes: { kind: "reconcile", every: Math.max(leastReconcile, plan.deletes.every) } }
    : plan
