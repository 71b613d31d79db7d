import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import { beginShare, isSpent } from "../config/Budget.ts"
import type { ReplicationConfig } from "../config/Config.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError, ErrorDescription } from "../error/ConnectorError.ts"
import { backoff, isOfSource } from "../error/Policy.ts"
import { recover } from "../error/toError.ts"
import { Sink } from "../sink/Sink.ts"
import type { SourceState } from "../sink/States.ts"
import { Source } from "../source/Source.ts"
import { describe, type InFlight } from "../sync/InFlight.ts"
import { emptyResult, type TableResult } from "../sync/TableResult.ts"
import { formatTableName } from "../table/Table.ts"
import type { SourceRun } from "./SourceWork.ts"
import { runLog } from "./LogRun.ts"
import { makeMeter } from "./RateLimit.ts"
import { type Found, makeReady, type Ready } from "./Ready.ts"
import { dueTables, type Past, waitUntil } from "./Scheduler.ts"
import type { Selection } from "./Selection.ts"
import { failTable, runTable } from "./TableRun.ts"
import { listWildcards, noLongerListed, notListed } from "./Wildcards.ts"

/** What a run found of a source as a whole, where that is not as it was. */
export interface SourceResult {
  readonly source: string
  /** How it did before, where it failed. */
  readonly before: SourceState | undefined
  /** Why it failed, and until when none of its tables is tried; undefined where it does again. */
  readonly failure: { readonly error: ErrorDescription; readonly retryAt: number } | undefined
}

/** Opens one source and pulls its selected tables. Its own failure is that of each of them. */
export const runSource = (
  config: ReplicationConfig,
  name: string,
  run: SourceRun,
): Effect.Effect<
  { readonly tables: ReadonlyArray<TableResult>; readonly sources: ReadonlyArray<SourceResult> },
  ConnectorError,
  Sink
> =>
  Effect.gen(function* () {
    const layer = config.sources.get(name)
    if (layer === undefined || (yield* isNothingDue(name, run))) return { tables: [], sources: [] }
    const limits = config.limits.get(name)
    const metered = Layer.effect(Source, Effect.map(Source, makeMeter(limits, run.spending))).pipe(Layer.provide(layer))
    const open = Layer.fresh(metered)
    const results = yield* Effect.gen(function* () {
      const found = yield* Effect.result(findTables(config, run))
      if (Result.isFailure(found)) return yield* failAll(run, found.failure)
      const { inFlight, left } = found.success
      const { results: byLog, rest: tables } = yield* runLog(config, name, run, found.success)
      const down = yield* Ref.make<ErrorDescription | undefined>(undefined)
      const lanes = splitLanes(tables, limits?.concurrency ?? 1)
      const ran = yield* Effect.forEach(
        lanes,
        (lane, index) => {
          const pulled = runLane(lane, run, inFlight, down)
          return index === 0 ? pulled : Effect.provide(pulled, Layer.fresh(metered))
        },
        { concurrency: "unbounded" },
      )
      return [...byLog, ...ran.flat(), ...left]
    }).pipe(
      Effect.provide(open),
      recover((error) => failAll(run, error)),
      Effect.annotateLogs({ source: name }),
    )
    return { tables: results, sources: yield* noteSource(name, run.past, results) }
  })

/** Whether, among tables that are known by name, none is due: then the source is not even opened. */
const isNothingDue = Effect.fnUntraced(function* (name: string, run: SourceRun) {
  if (run.select !== "due") return false
  const now = yield* Clock.currentTimeMillis
  const waits = (waitUntil(run.past.sources.get(name)?.retryAt, now) ?? 0) > now
  return waits || (run.wildcards.length === 0 && dueTables(run.tables, run.past, now).length === 0)
})

/** What a run of a source found to do. */
interface Work {
  /** The tables to run, most overdue first, with what the source says of them and of its transactions. */
  readonly tables: ReadonlyArray<Found>
  readonly inFlight: InFlight | undefined
  /** The results of tables of wildcards with which nothing can be done. */
  readonly left: ReadonlyArray<TableResult>
}

const findTables = Effect.fnUntraced(function* (
  config: ReplicationConfig,
  run: SourceRun,
): Effect.fn.Return<Work, ConnectorError, Source | Sink> {
  const { select, past } = run
  const listed = yield* listWildcards(config, run.wildcards, past)
  run.wildcards.forEach(({ path }, index) => {
    run.expanded?.set(path, listed.tables[index]?.map(({ table }) => table) ?? [])
  })
  const pick = makePick(select, past, yield* Clock.currentTimeMillis)
  const strays = yield* Effect.forEach(
    listed.strays.filter(({ table }) => pick([table]).length > 0),
    ({ table, error }) => failTable(table, error, past),
  )
  const gone = yield* Effect.forEach(listed.gone.filter(isSelected(select)), (table) =>
    failTable(table, noLongerListed(table), past, notListed),
  )
  const left = [...strays, ...gone]
  const selected = pick([...run.tables, ...listed.tables.flat()])
  if (selected.length === 0) return { tables: [], inFlight: undefined, left }
  const { tables: schemas, inFlight } = yield* describe(selected.map(({ table }) => table))
  run.spending.waiting += selected.length
  return { tables: selected.map((table, index): Found => ({ table, schema: schemas[index] })), inFlight, left }
})

const isSelected =
  (select: Selection) =>
  ({ into }: TableConfig): boolean =>
    typeof select !== "object" || select.into.includes(into)

/** Picks the tables of a selection. One that was not listed for a while is as due as a new one. */
const makePick =
  (select: Selection, past: Past, now: number) =>
  (tables: ReadonlyArray<TableConfig>): ReadonlyArray<TableConfig> => {
    if (typeof select === "object") return tables.filter(isSelected(select))
    if (select === "all") return tables.filter(({ into }) => past.runs.get(into)?.paused !== true)
    const runs = new Map([...past.runs].filter(([, { blockedBy }]) => blockedBy !== notListed))
    return dueTables(tables, { ...past, runs }, now)
  }

/** Deals tables to so many lanes in turn. */
const splitLanes = (tables: ReadonlyArray<Found>, lanes: number): ReadonlyArray<ReadonlyArray<Found>> =>
  Array.from({ length: Math.max(1, Math.min(lanes, tables.length)) }, (_, lane) =>
    tables.filter((_table, index) => index % lanes === lane),
  )

/** So many tables are made ready at once, and what they have to read is read ahead. */
const readyTables = 50

/** So many runs that ask the source nothing are under way at once: the sink may be a round trip away. */
const runsAtOnce = 10

/**
 * Pulls tables one after the other; each gets an equal share of the time that is left. Of those that are made ready
 * together, the ones that are soon over come first.
 */
const runLane = Effect.fnUntraced(function* (
  lane: ReadonlyArray<Found>,
  run: SourceRun,
  inFlight: InFlight | undefined,
  down: Ref.Ref<ErrorDescription | undefined>,
): Effect.fn.Return<ReadonlyArray<TableResult>, ConnectorError, Source | Sink> {
  let left = lane.length
  /** What there is to say of a table that is not run, because its source is down or the budget is used. */
  const unrun = Effect.gen(function* () {
    const error = yield* Ref.get(down)
    if (error !== undefined) return { error }
    const isLate = run.deadline <= (yield* Clock.currentTimeMillis) || isSpent(run.spending)
    return left < lane.length && isLate ? { more: true } : undefined
  })
  const runOne = Effect.fnUntraced(function* ({ table, planned, ahead, isSoonOver }: Ready) {
    const why = yield* unrun
    if (why !== undefined) return { ...emptyResult(table.into), ...why }
    const now = yield* Clock.currentTimeMillis
    const deadline = now + Math.max(0, run.deadline - now) / left
    left -= 1
    const share = beginShare(run.spending)
    const claim = run.claim && !isSoonOver
    const result = yield* runTable(table, planned, { ...run, claim, deadline, share, inFlight, ahead })
    if (result.error !== undefined && isOfSource(result.error.code)) yield* Ref.set(down, result.error)
    return result
  })
  const chunks = Array.from({ length: Math.ceil(lane.length / readyTables) }, (_, at) =>
    lane.slice(at * readyTables, (at + 1) * readyTables),
  )
  const results = yield* Effect.forEach(
    chunks,
    Effect.fnUntraced(function* (chunk) {
      const why = yield* unrun
      if (why !== undefined) return chunk.map(({ table }) => ({ ...emptyResult(table.into), ...why }))
      const ready = yield* makeReady(chunk, { ...run, inFlight })
      const over = ready.filter(({ isSoonOver }) => isSoonOver)
      const done = new Map(
        (yield* Effect.forEach(over, runOne, { concurrency: runsAtOnce })).map((result) => [result.table, result]),
      )
      return yield* Effect.forEach(ready, (one) => {
        const result = done.get(one.table.into)
        return result === undefined ? runOne(one) : Effect.succeed(result)
      })
    }),
  )
  return results.flat()
})

const failedResult = ({ into, source, table }: TableConfig, error: ConnectorError): TableResult => ({
  ...emptyResult(into),
  error: error.at({ source, table: formatTableName(table) }).describe(),
})

/** A source that fails as a whole is tried again later, with one of its tables; one that works again is forgotten. */
const noteSource = Effect.fnUntraced(function* (
  source: string,
  past: Past,
  results: ReadonlyArray<TableResult>,
): Effect.fn.Return<ReadonlyArray<SourceResult>, ConnectorError, Sink> {
  const sink = yield* Sink
  const before = past.sources.get(source)
  const error = results.find((result) => result.error !== undefined && isOfSource(result.error.code))?.error
  if (error === undefined && (before === undefined || results.length === 0)) return []
  const wait = yield* backoff((before?.failures ?? 0) + 1, undefined)
  const failure = error === undefined ? undefined : { error, retryAt: (yield* Clock.currentTimeMillis) + wait }
  yield* sink.noteSource(source, failure)
  return [{ source, before, failure }]
})

/** The results where nothing could be run: noted for each table, unless it is the source that failed. */
const failAll = (
  run: Pick<SourceRun, "tables" | "wildcards" | "past" | "select">,
  error: ConnectorError,
): Effect.Effect<ReadonlyArray<TableResult>, never, Sink> =>
  Effect.gen(function* () {
    const { select } = run
    const tables = typeof select === "object" ? run.tables.filter(({ into }) => select.into.includes(into)) : run.tables
    const results = yield* Effect.forEach(tables, (table) =>
      isOfSource(error.code) ? Effect.succeed(failedResult(table, error)) : failTable(table, error, run.past),
    )
    const unknown = run.wildcards.map(({ source, schema }) => ({
      ...emptyResult(schema === undefined ? "*" : `${schema}.*`),
      error: error.at({ source }).describe(),
    }))
    return [...results, ...unknown]
  })
