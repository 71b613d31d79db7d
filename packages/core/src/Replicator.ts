import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import {
  clashes,
  expand,
  invalidConfig,
  type ReplicationConfig,
  type TableConfig,
  type WildcardConfig,
} from "./Config.ts"
import { ConnectorError } from "./ConnectorError.ts"
import { nearest } from "./internal/suggest.ts"
import { makePlan } from "./Plan.ts"
import { dueTables } from "./Scheduler.ts"
import { Sink } from "./Sink.ts"
import { Source, type Transactions } from "./Source.ts"
import { type Budget, syncTable, type TableResult } from "./Sync.ts"
import { formatTableName, type TableName, type TableSchema } from "./Table.ts"

/** Which tables to run: all, those that are due, or one by the name of its replica table. */
export type Selection = "all" | "due" | { readonly into: string }

/**
 * Runs the selected tables. Each source is opened once and its tables are pulled one after the other, the sources side
 * by side. A failure is the failed table's own result and stops no other.
 */
export const replicate = Effect.fn("Replicator.replicate")(function* (
  config: ReplicationConfig,
  options: {
    readonly select: Selection
    readonly budget: Budget
    readonly claim: boolean
    /** Whether to build the selected replicas anew, beside the ones that readers see. */
    readonly refresh?: boolean
    /** Whether to compare source and replica value by value afterwards, and whether to mend what differs. */
    readonly verify?: { readonly repair: boolean }
  },
) {
  const startedAt = yield* Clock.currentTimeMillis
  const deadline = startedAt + options.budget.maxMillis
  const { select } = options
  const explicit = typeof select === "object" ? config.tables.filter(({ into }) => into === select.into) : config.tables
  const wildcards = typeof select === "object" && explicit.length > 0 ? [] : config.wildcards
  const names = new Set([...explicit, ...wildcards].map(({ source }) => source))
  const results = yield* Effect.forEach(
    names,
    (source) =>
      runSource(config, source, {
        tables: explicit.filter((table) => table.source === source),
        wildcards: wildcards.filter((wildcard) => wildcard.source === source),
        select,
        deadline,
        claim: options.claim,
        refresh: options.refresh ?? false,
        verify: options.verify,
      }),
    { concurrency: "unbounded" },
  )
  return results.flat()
})

/** Why no table goes by a name, with the nearest one that does. */
export const unknownTable = (config: ReplicationConfig, into: string): string =>
  `no table "${into}" is replicated here${nearest(
    into,
    config.tables.map((table) => table.into),
  )}`

interface SourceRun {
  readonly tables: ReadonlyArray<TableConfig>
  readonly wildcards: ReadonlyArray<WildcardConfig>
  readonly select: Selection
  readonly deadline: number
  readonly claim: boolean
  readonly refresh: boolean
  readonly verify: { readonly repair: boolean } | undefined
}

const runSource = (
  config: ReplicationConfig,
  name: string,
  run: SourceRun,
): Effect.Effect<ReadonlyArray<TableResult>, ConnectorError, Sink> => {
  const layer = config.sources.get(name)
  if (layer === undefined) return Effect.succeed([])
  return Effect.gen(function* () {
    const tables = yield* Effect.result(selectTables(config, run))
    if (Result.isFailure(tables)) return yield* failAll(run, tables.failure)
    const source = yield* Source
    const schemas = yield* Effect.result(source.discover(tables.success.map(({ table }) => table)))
    if (Result.isFailure(schemas)) return yield* failAll({ tables: tables.success, wildcards: [] }, schemas.failure)
    const asked = yield* Effect.result(source.transactions ?? Effect.undefined)
    if (Result.isFailure(asked)) return yield* failAll({ tables: tables.success, wildcards: [] }, asked.failure)
    return yield* Effect.forEach(tables.success, (table, index) =>
      runTable(table, schemas.success[index], { ...run, isFirst: index === 0, transactions: asked.success }),
    )
  }).pipe(
    Effect.provide(Layer.fresh(layer)),
    Effect.catch((error) => failAll(run, error)),
  )
}

/** The tables to run at one source: what the wildcards stand for is asked there. */
const selectTables = Effect.fnUntraced(function* (config: ReplicationConfig, run: SourceRun) {
  const tables = [...run.tables]
  for (const wildcard of run.wildcards) tables.push(...(yield* expandWildcard(config, wildcard)))
  const problems = clashes(tables)
  if (problems.length > 0) return yield* invalidConfig(problems)
  const { select } = run
  if (typeof select === "object") return tables.filter(({ into }) => into === select.into)
  if (select === "all") return tables
  const sink = yield* Sink
  const states = new Map((yield* sink.runs).map((state) => [state.table, state]))
  return dueTables(tables, states, yield* Clock.currentTimeMillis)
})

const expandWildcard = Effect.fnUntraced(function* (config: ReplicationConfig, wildcard: WildcardConfig) {
  const source = yield* Source
  const found = yield* source.list(wildcard.schema)
  const explicit = config.tables.filter((table) => table.source === wildcard.source).map(({ table }) => table)
  const leftOut = [...wildcard.except, ...explicit]
  return found.filter((name) => !leftOut.some((other) => sameTable(name, other))).map((name) => expand(wildcard, name))
})

/** A name without a schema means the source's default one, which a listed name always carries. */
const sameTable = (listed: TableName, written: TableName): boolean =>
  listed.name === written.name && (written.schema === undefined || listed.schema === written.schema)

const runTable = Effect.fnUntraced(function* (
  table: TableConfig,
  schema: TableSchema | undefined,
  run: SourceRun & { readonly isFirst: boolean; readonly transactions: Transactions | undefined },
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const left = run.deadline - (yield* Clock.currentTimeMillis)
  if (left <= 0 && !run.isFirst) return { ...emptyResult(table.into), more: true }
  if (schema === undefined) return yield* failTable(table, yield* missingTable(table))
  const source = yield* Source
  const planned = makePlan(table, schema, source.transactions !== undefined)
  if ("problems" in planned) {
    return yield* failTable(table, new ConnectorError({ code: "invalid-config", message: planned.problems.join("\n") }))
  }
  const { claim, refresh, verify, transactions } = run
  return yield* syncTable(planned.plan, { budget: { maxMillis: left }, claim, refresh, verify, transactions }).pipe(
    Effect.catch((error) => failTable(table, error)),
  )
})

const missingTable = Effect.fnUntraced(function* ({ table, path }: TableConfig) {
  const source = yield* Source
  const listed = yield* Effect.orElseSucceed(source.list(table.schema), () => [])
  const known = listed.map(formatTableName)
  const asked = formatTableName(table)
  const [first] = listed
  const qualified = table.schema === undefined && first !== undefined ? formatTableName({ ...first, ...table }) : asked
  return new ConnectorError({
    code: "table-missing",
    message: `${path}.table: no table ${asked} at the source${nearest(qualified, known)}`,
  })
})

const emptyResult = (into: string): TableResult => ({
  table: into,
  read: 0,
  written: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  pages: 0,
  more: false,
  durationMs: 0,
  error: undefined,
})

/** The result of a table that could not be run, noted in the sink where the table itself is at fault. */
const failTable = Effect.fnUntraced(function* (
  { into, source, table }: TableConfig,
  error: ConnectorError,
): Effect.fn.Return<TableResult, never, Sink> {
  const sink = yield* Sink
  const sourceTable = formatTableName(table)
  const description = error.at({ source, table: sourceTable }).describe()
  const isOther = error.code === "busy" || error.code === "lease-lost"
  if (!isOther) yield* Effect.ignore(sink.fail({ into, source, sourceTable }, description))
  return { ...emptyResult(into), error: description }
})

const failAll = (
  run: Pick<SourceRun, "tables" | "wildcards">,
  error: ConnectorError,
): Effect.Effect<ReadonlyArray<TableResult>, never, Sink> =>
  Effect.map(
    Effect.forEach(run.tables, (table) => failTable(table, error)),
    (results) => [
      ...results,
      ...run.wildcards.map(({ source, schema }) => ({
        ...emptyResult(schema === undefined ? "*" : `${schema}.*`),
        error: error.at({ source }).describe(),
      })),
    ],
  )
