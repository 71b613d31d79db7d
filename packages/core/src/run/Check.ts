import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { ReplicationConfig } from "../config/Config.ts"
import { ruleOf } from "../config/masks.ts"
import type { TableConfig } from "../config/TableConfig.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Indexes, ReplicaIndex } from "../plan/Indexes.ts"
import { unserved } from "../plan/Logged.ts"
import { looksPersonal } from "../plan/Personal.ts"
import { hasMaskedKey, readsMasked } from "../plan/MaskedKey.ts"
import { type Plan, type PlanColumn, replicaType } from "../plan/Plan.ts"
import { wayOf } from "../plan/Way.ts"
import { Sink, type SinkShape } from "../sink/Sink.ts"
import { Source, type SourceShape } from "../source/Source.ts"
import { cautionsAbout } from "../sync/Cautions.ts"
import { isWhole, measureWhole, readAnyRow, type WholePlan } from "../sync/ReadWhole.ts"
import type { Past } from "./Scheduler.ts"
import { indexesOf } from "../sync/Indexing.ts"
import { hush } from "../sync/Hush.ts"
import { firstPosition, sweepOrder } from "../sync/Sweep.ts"
import { mayKeepDigests } from "../sync/Veil.ts"
import type { Fan } from "../table/Fan.ts"
import { formatTableName, type TableSchema } from "../table/Table.ts"
import { countUnkeyed, unkeyedCaution } from "../sync/Unkeyed.ts"
import { readPast } from "./Replicator.ts"
import { planTable } from "./TableRun.ts"
import type { CheckedColumn, CheckResult } from "./CheckResult.ts"
import { checkLog, type CheckedLog, ofLog } from "./CheckLog.ts"
import { listWildcards, noLongerListed, toldOf } from "./Wildcards.ts"

/**
 * Connects to each source, describes each table, holds its config against it and reads one row, which shows what a run
 * would meet. It writes nothing anywhere.
 */
export const check = Effect.fn("Check.check")(function* (
  config: ReplicationConfig,
): Effect.fn.Return<ReadonlyArray<CheckResult>, never, Sink> {
  const results = yield* Effect.forEach(config.sources, ([name, layer]) => checkSource(config, name, layer), {
    concurrency: "unbounded",
  })
  return results.flat()
})

const checkSource = (
  config: ReplicationConfig,
  name: string,
  layer: Layer.Layer<Source, ConnectorError>,
): Effect.Effect<ReadonlyArray<CheckResult>, never, Sink> => {
  const tables = config.tables.filter(({ source }) => source === name)
  const wildcards = config.wildcards.filter(({ source }) => source === name)
  return Effect.gen(function* () {
    const source = yield* Source
    const past = yield* readPast
    const listed = yield* listWildcards(config, wildcards, past)
    const all = [...tables, ...listed.tables.flat()]
    const described = yield* source.describe(all.map(({ table }) => table))
    const log = source.log && (yield* Effect.result(checkLog(source.log, all)))
    const logged = log && Result.getOrUndefined(log)
    const checked = yield* Effect.forEach(all, (table, index) =>
      checkTable(table, described.tables[index], logged, { past, replicas: config.replicas }),
    )
    const unusable = log !== undefined && Result.isFailure(log) ? [ofLog(name, log.failure)] : []
    const dangers = logged?.dangers.map((danger) => ofLog(name, danger)) ?? []
    const left = [...listed.strays, ...listed.gone.map((table) => ({ table, error: noLongerListed(table) }))].map(
      ({ table, error }) => failed(table, error),
    )
    return [...checked, ...left, ...unusable, ...dangers]
  }).pipe(
    Effect.provide(Layer.fresh(layer)),
    Effect.catch((error) => {
      const unasked = (table: string): CheckResult => ({
        table,
        source: name,
        error: error.at({ source: name }).describe(),
      })
      return Effect.succeed([
        ...tables.map(({ into }) => unasked(into)),
        ...wildcards.map(({ schema }) => unasked(schema === undefined ? "*" : `${schema}.*`)),
      ])
    }),
  )
}

const checkTable = Effect.fnUntraced(function* (
  table: TableConfig,
  schema: TableSchema | undefined,
  logged: CheckedLog | undefined,
  { past, replicas }: { readonly past: Past; readonly replicas: ReplicationConfig["replicas"] },
): Effect.fn.Return<CheckResult, never, Source | Sink> {
  const { into, source } = table
  const planned = yield* Effect.result(planTable(table, schema, past.runs.get(into)?.position))
  if (Result.isFailure(planned)) return failed(table, planned.failure)
  const plan = planned.success
  const read = yield* Effect.result(readOne(plan))
  const sink = yield* Sink
  const { notices: ofSource = [] } = yield* Source
  const cautions = yield* Effect.orElseSucceed(cautionsAbout(plan), () => [])
  const indexes = yield* Effect.orElseSucceed(indexesOf(plan), () => undefined)
  const relations = yield* Effect.orElseSucceed(relationsOf(plan), () => [])
  const unkeyed = yield* Effect.orElseSucceed(countUnkeyed(plan), () => undefined)
  const left = unkeyed === undefined || unkeyed === 0 ? [] : [unkeyedCaution(plan, unkeyed)]
  const given = replicas && givenTo(replicas.fanOf(into), plan, sink)
  const withheld =
    given === undefined || given.why === null ? [] : [`Nobody can replicate it from here: it ${given.why}.`]
  const notices = [...ofSource, ...cautions, ...left, ...withheld, ...(indexes === undefined ? [] : costOf(indexes))]
  const unmasked = plan.columns.flatMap(({ name, mask }) =>
    mask === undefined && looksPersonal(name) && ruleOf(table.masks ?? [], plan.table.name, name) === undefined
      ? [name]
      : [],
  )
  return {
    ...(Result.isFailure(read) ? failed(table, read.failure) : { table: into, source, error: undefined }),
    sourceTable: formatTableName(plan.table.name),
    kind: plan.table.kind,
    key: plan.key,
    cursor: plan.cursor?.name,
    changes: wayOf({
      hasCursor: plan.cursor !== undefined,
      tells: plan.table.parts !== undefined,
      untold: untoldOf(plan, yield* Source),
      isWhole: isWhole(plan),
      digests: isWhole(plan) ? (yield* Source).digest !== undefined && !readsMasked(plan) : plan.digests,
      log: logged && { unserved: unserved(plan, logged.tables.get(formatTableName(plan.table.name))) },
    }),
    columns: [...plan.columns, ...(plan.blank ?? [])].map(checkedColumn),
    ...(unmasked.length === 0 ? {} : { unmasked }),
    ...(indexes === undefined ? {} : { indexes: { made: indexes.made.map(inWords), left: indexes.left } }),
    ...(relations.length === 0 ? {} : { relations }),
    ...(notices.length === 0 ? {} : { notices }),
    ...(given === undefined ? {} : { replicas: given }),
    ddl: sink.ddl(plan),
  }
})

const givenTo = (to: Fan, plan: Plan, { hub }: SinkShape) => ({
  to,
  why: to === "none" ? null : (hub?.withheld(plan, to) ?? null),
})

const checkedColumn = (column: PlanColumn): CheckedColumn => {
  const { name, sourceType, into, mask } = column
  return {
    name,
    type: replicaType(column),
    sourceType,
    ...(into === undefined ? {} : { into }),
    ...(mask === undefined ? {} : { mask: mask.kind }),
  }
}

const inWords = ({ columns }: ReplicaIndex): string =>
  columns.map(({ name, descending }) => `${name}${descending ? " DESC" : ""}`).join(", ")

const costOf = ({ made: { length } }: Indexes): ReadonlyArray<string> =>
  length === 0
    ? []
    : [`Each written row is billed as ${length + 1} rows, because of ${length} index${length === 1 ? "" : "es"}.`]

const relationsOf = Effect.fnUntraced(function* ({ table }: Plan) {
  const { structure } = yield* Source
  return structure === undefined || table.kind === "view" ? [] : (yield* structure(table)).relations
})

/** Why rows do not tell of their changes; of masked ones also why the source is not asked for digests. */
const untoldOf = (plan: Plan, { digest }: SourceShape): string | undefined => {
  if (digest === undefined || mayKeepDigests(plan)) return plan.table.untold
  return hasMaskedKey(plan)
    ? "has a masked key, of which no ranges can be compared"
    : "has masks, and no secret among them that would seal digests of its rows"
}

const failed = (config: TableConfig, error: ConnectorError): CheckResult => {
  const { into, source, table } = config
  return { table: into, source, error: toldOf(config, error.at({ source, table: formatTableName(table) }).describe()) }
}

const readSome = Effect.fnUntraced(function* (plan: WholePlan) {
  yield* measureWhole(plan, { weighed: true, digested: false })
  yield* readAnyRow(plan.table, plan.columns, plan.where)
})

const readOne = Effect.fnUntraced(function* (plan: Plan) {
  const source = hush(plan, yield* Source)
  if (isWhole(plan)) {
    return yield* Effect.provideService(readSome(plan), Source, source)
  }
  const order = sweepOrder(plan, firstPosition(null, 0))
  const asked = { table: plan.table, columns: plan.columns, ...order, after: undefined, limit: 1, maxBytes: 1 }
  yield* (yield* source.read(asked)).rows
})
