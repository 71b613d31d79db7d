import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { beginSpending, type Budget, type Spending } from "../config/Budget.ts"
import type { ReplicationConfig } from "../config/Config.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { Sink } from "../sink/Sink.ts"
import type { TableName } from "../table/Table.ts"
import { arrangeHub } from "./Hub.ts"
import type { Past } from "./Scheduler.ts"
import type { Selection } from "./Selection.ts"
import { readLogs, withLogs } from "./Logs.ts"
import { runSource, type SourceResult } from "./SourceRun.ts"
import type { TableResult } from "../sync/TableResult.ts"

/** How to run them. */
export interface ReplicateOptions {
  readonly select: Selection
  /** What to use at most; the config's budget without it. */
  readonly budget?: Budget
  /** What it is part of, where that has a budget of its own. */
  readonly spending?: Spending
  /** The only source to run tables of. */
  readonly source?: string
  /** Whether a table is taken at once, so that a second run of it is answered `busy`. */
  readonly claim: boolean
  /** Whether to build the selected replicas anew, beside the ones that readers see. */
  readonly refresh?: boolean
  /** Whether to compare source and replica value by value afterwards, and whether to mend what differs. */
  readonly verify?: { readonly repair: boolean }
  /** What is known of past runs, where the caller knows more than the sink. */
  readonly past?: Past
  /** Is given the tables that each wildcard, by its path in the config, was found to stand for. */
  readonly expanded?: Map<string, ReadonlyArray<TableName>>
}

/** What a wake-up did. */
export interface Replicated {
  readonly tables: ReadonlyArray<TableResult>
  /** The sources that failed as a whole, or that do again. */
  readonly sources: ReadonlyArray<SourceResult>
}

/**
 * Runs the selected tables. Each source is opened once, its tables share the time fairly, and the sources are pulled
 * side by side. A failure is the failed table's own result and stops no other; where a source fails as a whole, the rest
 * of its tables is not tried.
 */
export const replicate = Effect.fn("Replicator.replicate")(function* (
  config: ReplicationConfig,
  options: ReplicateOptions,
): Effect.fn.Return<Replicated, ConnectorError, Sink> {
  const { select } = options
  const budget = options.budget ?? config.budget
  const spending = options.spending ?? (yield* beginSpending(budget))
  const explicit =
    typeof select === "object" ? config.tables.filter(({ into }) => select.into.includes(into)) : config.tables
  const isAllExplicit = typeof select === "object" && explicit.length === select.into.length
  const wildcards = isAllExplicit ? [] : config.wildcards
  const all = new Set([...explicit, ...wildcards].map(({ source }) => source))
  const names = [...all].filter((name) => options.source === undefined || name === options.source)
  const past = options.past ?? (yield* readPastOf(config))
  const deadline = (yield* Clock.currentTimeMillis) + budget.millis
  const results = yield* Effect.forEach(
    names,
    (source) =>
      runSource(config, source, {
        tables: explicit.filter((table) => table.source === source),
        wildcards: wildcards.filter((wildcard) => wildcard.source === source),
        select,
        past,
        deadline,
        spending,
        claim: options.claim,
        refresh: options.refresh ?? false,
        verify: options.verify,
        expanded: options.expanded,
      }),
    { concurrency: "unbounded" },
  )
  const tables = results.flatMap((one) => one.tables)
  yield* arrangeHub(config, past, tables)
  return { tables, sources: results.flatMap(({ sources }) => sources) }
})

/** What is stored about past runs. */
export const readPast = Effect.gen(function* () {
  const sink = yield* Sink
  const past: Past = {
    runs: new Map((yield* sink.runs).map((run) => [run.table, run])),
    sources: new Map((yield* sink.sources).map((source) => [source.source, source])),
  }
  return past
})

/** The same, with the logs that are followed where the config has some read. */
export const readPastOf = Effect.fnUntraced(function* ({ logs }: Pick<ReplicationConfig, "logs">) {
  const past = yield* readPast
  return logs.size === 0 ? past : withLogs(past, yield* readLogs)
})
