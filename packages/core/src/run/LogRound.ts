import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { beginShare, isSpent } from "../config/Budget.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { isOfSource } from "../error/Policy.ts"
import { type LogContext, makeContext, type Served } from "../follow/Context.ts"
import type { Followed } from "../follow/Follow.ts"
import { makeByLog } from "../follow/Load.ts"
import { unseenChanges } from "../follow/Unseen.ts"
import { unserved } from "../plan/Logged.ts"
import type { Plan } from "../plan/Plan.ts"
import type { LogSink } from "../sink/LogSink.ts"
import type { LogStanding, SourceLog } from "../source/Log.ts"
import type { InFlight } from "../sync/InFlight.ts"
import { emptyResult, type TableResult } from "../sync/TableResult.ts"
import { formatTableName } from "../table/Table.ts"
import type { SourceRun } from "./SourceWork.ts"
import { runTable } from "./TableRun.ts"

/** A table with its plan. */
export interface Planned {
  readonly table: TableConfig
  readonly planned: Result.Result<Plan, ConnectorError>
}

/** Where the log tells all, keys are compared no more often than this, in milliseconds. */
const leastReconcile = 7 * 86_400_000

/** What one round of a log works with. */
export interface LogWork {
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

/** Follows the log from where it was left, and reads what is to be read anew. */
export const followLog = Effect.fnUntraced(function* (work: LogWork) {
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
    last: [],
    untold: new Set(),
    isLost: false,
    isUnsure: false,
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

  /** Whether the log is begun once more, and what for. */
  const again = () =>
    work.isLast || state.isUnsure
      ? undefined
      : state.isLost
        ? "anew"
        : state.untold.size > 0
          ? ("described" as const)
          : undefined
  const isBegunAgain = again() !== undefined
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
    const isLate = left < runs.length && (time <= 0 || isSpent(run.spending))
    // What was read meanwhile may have told of one that it is no longer as it was described, or the sink was not heard.
    if (isLate || state.untold.has(table.into) || state.isUnsure) {
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
    position: state.isUnsure ? undefined : state.position,
    syncedAt: state.isUnsure ? undefined : state.syncedAt,
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
  return { results: told, isServed, again: again() }
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
