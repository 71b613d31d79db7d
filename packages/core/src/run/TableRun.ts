import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Spending } from "../config/Budget.ts"
import type { ReplicationConfig } from "../config/Config.ts"
import { expand, type TableConfig, type WildcardConfig } from "../config/TableConfig.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import { retryOf } from "../error/Policy.ts"
import { nearest } from "../error/suggest.ts"
import { makePlan } from "../plan/Plan.ts"
import { Sink } from "../sink/Sink.ts"
import { Source } from "../source/Source.ts"
import { describe, type InFlight } from "../sync/InFlight.ts"
import { syncTable } from "../sync/Sync.ts"
import { emptyResult, type TableResult } from "../sync/TableResult.ts"
import { formatTableName, type TableName, type TableSchema } from "../table/Table.ts"
import { fingerprint, type Past } from "./Scheduler.ts"

/** How one table is run. */
interface TableRun {
  readonly past: Past
  readonly deadline: number
  readonly spending: Spending
  readonly claim: boolean
  readonly refresh: boolean
  readonly verify: { readonly repair: boolean } | undefined
  readonly inFlight: InFlight | undefined
}

/** Holds a table's config against its source and pulls it. Every failure is part of the result. */
export const runTable = Effect.fnUntraced(function* (
  table: TableConfig,
  schema: TableSchema | undefined,
  run: TableRun,
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const source = yield* Source
  const again = Effect.gen(function* () {
    const { tables, inFlight } = yield* describe([table.table])
    return { plan: yield* planTable(table, tables[0]), inFlight }
  }).pipe(Effect.provideService(Source, source))
  return yield* planTable(table, schema).pipe(
    Effect.flatMap((plan) =>
      syncTable(plan, { ...run, fingerprint: fingerprint(table), seen: run.past.runs.get(table.into)?.version, again }),
    ),
    Effect.catch((error) => failTable(table, error, run.past)),
  )
})

/** A table's plan by what the source says of it. */
const planTable = Effect.fnUntraced(function* (table: TableConfig, schema: TableSchema | undefined) {
  if (schema === undefined) return yield* yield* missingTable(table)
  const source = yield* Source
  const planned = makePlan(table, schema, source.transactions !== undefined)
  if ("plan" in planned) return planned.plan
  return yield* new ConnectorError({ code: "invalid-config", message: planned.problems.join("\n") })
})

/** The tables that a wildcard stands for, as the source lists them. */
export const expandWildcard = Effect.fnUntraced(function* (config: ReplicationConfig, wildcard: WildcardConfig) {
  const source = yield* Source
  const found = yield* source.list(wildcard.schema)
  const explicit = config.tables.filter((table) => table.source === wildcard.source).map(({ table }) => table)
  const leftOut = [...wildcard.except, ...explicit]
  return found.filter((name) => !leftOut.some((other) => sameTable(name, other))).map((name) => expand(wildcard, name))
})

/** A name without a schema means the source's default one, which a listed name always carries. */
const sameTable = (listed: TableName, written: TableName): boolean =>
  listed.name === written.name && (written.schema === undefined || listed.schema === written.schema)

/** The error of a table that its source does not describe: the source's own reason, or the nearest name that is there. */
export const missingTable = Effect.fnUntraced(function* ({ table, path }: TableConfig) {
  const source = yield* Source
  const why = yield* Effect.catch(source.whyMissing?.(table) ?? Effect.undefined, Effect.succeed)
  if (why !== undefined) return why
  const list = yield* Effect.result(source.list(table.schema))
  // A source that does not have the whole schema may know what to do about it.
  const hint = Result.isFailure(list) && list.failure.code === "table-missing" ? list.failure.hint : undefined
  const listed = Result.getOrElse(list, () => [])
  const known = listed.map(formatTableName)
  const asked = formatTableName(table)
  const [first] = listed
  const qualified = table.schema === undefined && first !== undefined ? formatTableName({ ...first, ...table }) : asked
  return new ConnectorError({
    code: "table-missing",
    message: `${path}.table: no table ${asked} at the source${nearest(qualified, known)}`,
    ...(hint === undefined ? {} : { hint }),
  })
})

/** The result of a table that could not be run, noted in the sink unless another run is the reason. */
export const failTable = Effect.fnUntraced(function* (
  table: TableConfig,
  error: ConnectorError,
  past: Past,
): Effect.fn.Return<TableResult, never, Sink> {
  const { into, source } = table
  const sink = yield* Sink
  const sourceTable = formatTableName(table.table)
  const description = error.at({ source, table: sourceTable }).describe()
  const isOther = error.code === "busy" || error.code === "lease-lost"
  if (!isOther) {
    const retry = yield* retryOf(error, (past.runs.get(into)?.failures ?? 0) + 1, fingerprint(table))
    yield* Effect.ignore(sink.fail({ into, source, sourceTable }, description, retry))
  }
  return { ...emptyResult(into), error: description }
})
