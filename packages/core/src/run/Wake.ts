import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { beginSpending, type Spending, type Stop } from "../config/Budget.ts"
import type { ReplicationConfig } from "../config/Config.ts"
import { nextAfter } from "../config/Schedule.ts"
import { expand, type TableConfig, type WildcardConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Sink } from "../sink/Sink.ts"
import type { RunState } from "../sink/States.ts"
import type { TableResult } from "../sync/TableResult.ts"
import type { TableName } from "../table/Table.ts"
import { readPastOf, replicate } from "./Replicator.ts"
import { dueAt, type Past, waitUntil } from "./Scheduler.ts"
import type { SourceResult } from "./SourceRun.ts"

const Time = Schema.Number

/**
 * What a driver that sets its own next wake-up keeps between two of them. The sink does not note runs that found nothing,
 * and does not know what a wildcard stands for. Losing it costs a wake-up that looks once more, and nothing else.
 */
export const Memory = Schema.Struct({
  version: Schema.Literal(1),
  /** When the last wake-up that ran a replica table to its end began and ended. */
  ran: Schema.Record(Schema.String, Schema.Struct({ from: Time, until: Time })),
  /** When each wildcard, by its path in the config, was looked up last, and the tables that it stood for. */
  found: Schema.Record(
    Schema.String,
    Schema.Struct({
      at: Time,
      tables: Schema.Array(Schema.Struct({ schema: Schema.optionalKey(Schema.String), name: Schema.String })),
    }),
  ),
})
export type Memory = typeof Memory.Type
type Found = Memory["found"]

/** What a wake-up did, what to remember of it, and when the next one is due: undefined where nothing is scheduled. */
export interface WakeUp {
  readonly results: ReadonlyArray<TableResult>
  /** The sources that failed as a whole, or that do again. */
  readonly sources: ReadonlyArray<SourceResult>
  readonly memory: Memory
  /** In milliseconds since 1970; past or present where more remains to do. */
  readonly nextAt: number | undefined
}

/** How long to wait for a run of somebody else, and after a wake-up that got nothing done. */
const othersRunMillis = 5000
const stuckMillis = 1000

/** What the rounds of a wake-up have brought so far. */
interface Woken {
  readonly results: Array<TableResult>
  readonly sources: Array<SourceResult>
  ran: Memory["ran"]
  found: Found
}

/**
 * Runs what is due within the config's budget, and tells when to come again. A source at which nothing is due is not
 * asked anything. While one source keeps it waiting, the others are run again as they become due. `memory` is what the
 * last wake-up gave; anything else is taken for none. After a `stop`, pulls end at their next page.
 */
export const wake = Effect.fn("Wake.wake")(function* (
  config: ReplicationConfig,
  memory: unknown,
  stop?: Stop,
): Effect.fn.Return<WakeUp, ConnectorError, Sink> {
  const from = yield* Clock.currentTimeMillis
  const { ran, found } = recall(memory, from)
  const woken: Woken = { results: [], sources: [], ran, found }
  const before = withMemory(yield* readPastOf(config), ran, from)
  const spending = yield* beginSpending(config.budget, stop)
  const waitedFor = new Set(config.sources.keys())
  const nobodyIsWaitedFor = yield* Deferred.make<void>()
  const rounds = Effect.fnUntraced(function* (source: string) {
    yield* round(config, source, { from, past: before, spending }, woken)
    waitedFor.delete(source)
    if (waitedFor.size === 0) yield* Deferred.succeed(nobodyIsWaitedFor, undefined)
    while (waitedFor.size > 0) {
      const now = yield* Clock.currentTimeMillis
      const at = nextWake(
        ofSource(config, source),
        woken.found,
        withMemory(yield* readPastOf(config), woken.ran, now),
        now,
      )
      const due = at === undefined ? Effect.never : Effect.sleep(Math.max(stuckMillis, at - now))
      yield* Effect.raceFirst(Deferred.await(nobodyIsWaitedFor), due)
      if (waitedFor.size === 0 || stop?.aborted === true) return
      const again = yield* Clock.currentTimeMillis
      const past = withMemory(yield* readPastOf(config), woken.ran, again)
      const alone = yield* beginSpending(config.budget, stop)
      yield* round(config, source, { from: again, past, spending: alone }, woken)
    }
  })
  yield* Effect.forEach([...waitedFor], rounds, { concurrency: "unbounded", discard: true })
  const until = yield* Clock.currentTimeMillis
  const { results, sources } = woken
  const after = results.length === 0 ? before : withMemory(yield* readPastOf(config), woken.ran, until)
  const at = nextWake(config, woken.found, after, until)
  // A table that stays due although it was run, because its failure could not even be noted, must not be run in a loop.
  const isStuck = at !== undefined && at <= until && results.every(({ error }) => error !== undefined)
  return { results, sources, memory: forget(config, woken), nextAt: isStuck ? until + stuckMillis : at }
})

/** Runs what is due at one source. What one round ran is due again at one time, that of its beginning. */
const round = Effect.fnUntraced(function* (
  config: ReplicationConfig,
  source: string,
  { from, past, spending }: { readonly from: number; readonly past: Past; readonly spending: Spending },
  woken: Woken,
): Effect.fn.Return<void, ConnectorError, Sink> {
  const expanded = new Map<string, ReadonlyArray<TableName>>()
  const wildcards = config.wildcards.filter(
    (wildcard) => wildcard.source === source && wildcardDueAt(wildcard, woken.found, past, from) <= from,
  )
  const { tables, sources } = yield* replicate(
    { ...config, wildcards },
    { select: "due", source, claim: false, past, expanded, spending },
  )
  const until = yield* Clock.currentTimeMillis
  woken.results.push(...tables)
  woken.sources.push(...sources)
  const ended = tables.filter(({ more, error }) => !more && error === undefined)
  woken.ran = { ...woken.ran, ...Object.fromEntries(ended.map(({ table }) => [table, { from, until }])) }
  const isDown = sources.some(({ failure }) => failure !== undefined)
  // One whose source is down has not been looked up, and is once the source is tried again.
  const lookedUp = wildcards.filter(({ path }) => expanded.has(path) || !isDown)
  const found = lookedUp.map(({ path }) => [path, { at: from, tables: expanded.get(path) ?? [] }] as const)
  woken.found = { ...woken.found, ...Object.fromEntries(found) }
})

/** The part of a config that is about one source. */
const ofSource = (config: ReplicationConfig, source: string): ReplicationConfig => ({
  ...config,
  tables: config.tables.filter((table) => table.source === source),
  wildcards: config.wildcards.filter((wildcard) => wildcard.source === source),
})

const decode = Schema.decodeUnknownOption(Memory)

/** What is remembered, without what lies ahead because the clock was set back since. */
const recall = (memory: unknown, now: number): Memory => {
  const { ran, found } = Option.getOrElse(decode(memory), (): Memory => ({ version: 1, ran: {}, found: {} }))
  const past = <T>(entries: Readonly<Record<string, T>>, at: (entry: T) => number) =>
    Object.fromEntries(Object.entries(entries).filter(([, entry]) => at(entry) <= now))
  return { version: 1, ran: past(ran, ({ until }) => until), found: past(found, ({ at }) => at) }
}

/** Keeps what the config still has. */
const forget = (config: ReplicationConfig, { ran, found }: Omit<Memory, "version">): Memory => {
  const tables = new Set(tablesOf(config, found).map(({ into }) => into))
  const paths = new Set(config.wildcards.map(({ path }) => path))
  const only = <T>(entries: Readonly<Record<string, T>>, keys: ReadonlySet<string>) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => keys.has(key)))
  return { version: 1, ran: only(ran, tables), found: only(found, paths) }
}

/**
 * Past runs with those that the sink did not note. What one wake-up ran is due again at one time, that of its beginning
 * and not each table's own: else every table would come to have a wake-up to itself.
 */
const withMemory = (past: Past, ran: Memory["ran"], now: number): Past => {
  const remembered = (run: RunState): RunState => {
    const last = ran[run.table]
    const isOlder = last !== undefined && ((run.lastRunAt ?? 0) <= last.until || (run.lastRunAt ?? 0) > now)
    return isOlder ? { ...run, lastRunAt: last.from } : run
  }
  return { ...past, runs: new Map(Array.from(past.runs, ([table, run]) => [table, remembered(run)])) }
}

const expandedTables = (wildcard: WildcardConfig, found: Found): ReadonlyArray<TableConfig> =>
  (found[wildcard.path]?.tables ?? []).map((table) => expand(wildcard, table))

const tablesOf = (config: ReplicationConfig, found: Found): ReadonlyArray<TableConfig> => [
  ...config.tables,
  ...config.wildcards.flatMap((wildcard) => expandedTables(wildcard, found)),
]

/** When a table is to be looked at next: later than due where somebody else runs it. */
const tableDueAt = (table: TableConfig, past: Past, now: number): number | undefined => {
  const at = dueAt(table, past, now)
  const isRunning = past.runs.get(table.into)?.running === true
  return at !== undefined && isRunning ? Math.max(at, now + othersRunMillis) : at
}

const earliest = (times: ReadonlyArray<number | undefined>): number | undefined =>
  times.reduce((least, at) => (at === undefined || (least !== undefined && least <= at) ? least : at), undefined)

/** When a wildcard is to be looked up next: with the first of its tables, or by its schedule where none is ever due. */
const wildcardDueAt = (wildcard: WildcardConfig, found: Found, past: Past, now: number): number => {
  const last = found[wildcard.path]
  const source = waitUntil(past.sources.get(wildcard.source)?.retryAt, now) ?? 0
  if (source > now) return source
  if (last === undefined) return now
  return (
    earliest(expandedTables(wildcard, found).map((table) => tableDueAt(table, past, now))) ??
    nextAfter(wildcard.schedule, last.at)
  )
}

const nextWake = (config: ReplicationConfig, found: Found, past: Past, now: number): number | undefined =>
  earliest([
    ...config.tables.map((table) => tableDueAt(table, past, now)),
    ...config.wildcards.map((wildcard) => wildcardDueAt(wildcard, found, past, now)),
  ])
