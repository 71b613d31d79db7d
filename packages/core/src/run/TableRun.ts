import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Share } from "../config/Budget.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import { isOtherRun, retryOf } from "../error/Policy.ts"
import { nearest } from "../error/suggest.ts"
import { recover } from "../error/toError.ts"
import { makePlan, type Plan } from "../plan/Plan.ts"
import { Sink } from "../sink/Sink.ts"
import { Source } from "../source/Source.ts"
import { type Ahead } from "../sync/Ahead.ts"
import { describe, type InFlight } from "../sync/InFlight.ts"
import { canDigest } from "../sync/RangePull.ts"
import type { ByLog } from "../sync/Running.ts"
import { syncTable } from "../sync/Sync.ts"
import { emptyResult, type TableResult } from "../sync/TableResult.ts"
import type { Position } from "../state/Position.ts"
import { formatTableName, type TableSchema } from "../table/Table.ts"
import { fingerprint, type Past } from "./Scheduler.ts"
import { keylessWay } from "./Keyless.ts"
import { refused, toldOf } from "./Wildcards.ts"

/** How one table is run. */
interface TableRun {
  readonly past: Past
  readonly deadline: number
  readonly share: Share
  readonly claim: boolean
  readonly refresh: boolean
  readonly verify: { readonly repair: boolean } | undefined
  readonly inFlight: InFlight | undefined
  /** What was read ahead for the plan. */
  readonly ahead: Ahead | undefined
  /** How it is brought up to date where it follows its source's log. */
  readonly byLog?: ByLog | undefined
}

/** Pulls a table by its plan. Every failure is part of the result. */
export const runTable = Effect.fnUntraced(function* (
  table: TableConfig,
  planned: Result.Result<Plan, ConnectorError>,
  run: TableRun,
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const source = yield* Source
  const from = run.refresh ? undefined : run.past.runs.get(table.into)?.position
  const again = Effect.gen(function* () {
    const { tables, inFlight } = yield* describe([table.table])
    return { plan: yield* planTable(table, tables[0], from), inFlight }
  }).pipe(Effect.provideService(Source, source))
  const seen = run.past.runs.get(table.into)?.version
  return yield* Effect.fromResult(planned).pipe(
    Effect.flatMap((plan) => syncTable(plan, { ...run, fingerprint: fingerprint(table), seen, again })),
    recover((error) => failTable(table, error, run.past)),
    Effect.map((result) => (result.error === undefined ? result : { ...result, error: toldOf(table, result.error) })),
    Effect.annotateLogs({ source: table.source, table: table.into }),
  )
})

/** A table's plan by what the source says of it, and by where its replica stands. */
export const planTable = Effect.fnUntraced(function* (
  table: TableConfig,
  schema: TableSchema | undefined,
  from: Position | undefined,
) {
  if (schema === undefined) return yield* yield* missingTable(table)
  const source = yield* Source
  const planned = makePlan(table, schema, source.transactions !== undefined, yield* keylessWay(table, schema, from))
  if ("plan" in planned) return { ...planned.plan, digests: yield* canDigest(planned.plan) }
  if (table.isListed)
    return yield* refused(
      table,
      planned.problems.map((problem) => problem.slice(problem.indexOf(": ") + 2)),
    )
  return yield* new ConnectorError({ code: "invalid-config", message: planned.problems.join("\n") })
})

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
  waitsFor?: string,
): Effect.fn.Return<TableResult, never, Sink> {
  const { into, source } = table
  const sink = yield* Sink
  const sourceTable = formatTableName(table.table)
  const description = error.at({ source, table: sourceTable }).describe()
  const result = { ...emptyResult(into), error: description }
  if (isOtherRun(error.code)) return result
  const failedBefore = past.runs.get(into)?.failures ?? 0
  const failed = { failures: failedBefore + 1, hasBegun: false, fingerprint: fingerprint(table) }
  const retry = waitsFor === undefined ? yield* retryOf(error, failed) : { blockedBy: waitsFor }
  yield* Effect.ignore(sink.fail({ into, source, sourceTable }, description, retry))
  return {
    ...result,
    details: {
      source,
      failedBefore,
      retryAt: retry.at,
      syncedAt: undefined,
      drift: undefined,
      rebuilt: false,
      anew: undefined,
      cautions: [],
    },
  }
})
