import {
  type Batch,
  type BeginOptions,
  type ColumnType,
  type Outcome,
  type Plan,
  type PlanColumn,
  type Position,
  type Row,
  Sink,
} from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"

/** A column of a plan. */
export const planColumn = (name: string, type: ColumnType, as?: PlanColumn["as"]): PlanColumn => ({
  name,
  type,
  sourceType: type,
  nullable: true,
  as,
})

/** A plan over some columns, whose key is the first of them unless another is named. */
export const planOf = (
  columns: Readonly<Record<string, ColumnType>> | ReadonlyArray<PlanColumn>,
  more: Partial<Plan> = {},
): Plan => {
  const list: ReadonlyArray<PlanColumn> = isList(columns)
    ? columns
    : Object.entries(columns).map(([name, type]) => planColumn(name, type))
  const key = more.key ?? list.slice(0, 1).map(({ name }) => name)
  return {
    into: "items",
    source: "shop",
    table: { name: { schema: "public", name: "items" }, kind: "table", columns: list, key },
    columns: list,
    whole: undefined,
    cursor: undefined,
    where: [],
    overlap: { millis: 0, values: 0n },
    digests: false,
    deletes: { kind: "ignore" },
    verify: undefined,
    mode: "incremental",
    drift: "follow",
    hasChosenColumns: false,
    batchSize: 5000,
    adopt: false,
    ...more,
    key,
  }
}

const isList = (columns: Parameters<typeof planOf>[0]): columns is ReadonlyArray<PlanColumn> => Array.isArray(columns)

/** The plan of most checks. */
export const simple = planOf({ id: "integer", name: "text" })

/** Where a scan stands after a key, or at its beginning. */
export const positionAt = (after: ReadonlyArray<string> | null): Position => ({
  version: 1,
  sweep: "scan",
  after,
  trail: null,
  startedAt: 1,
  began: null,
})

/** A batch whose position is that of its last row. */
export const batchOf = (rows: ReadonlyArray<Row>, more: Partial<Batch> = {}): Batch => ({
  rows,
  rejects: [],
  deletes: [],
  position: positionAt(rows.at(-1)?.slice(0, 1).map(String) ?? null),
  save: true,
  ...more,
})

/** The end of a run that reached the end of its sweep. */
export const finished: Outcome = { read: 0, pages: 1, syncedAt: 1, more: false, error: undefined, retry: undefined }

/** Begins a run. */
export const begin = (plan: Plan, options: Partial<BeginOptions> = {}) =>
  Effect.gen(function* () {
    const sink = yield* Sink
    const seen = (yield* sink.runs).find(({ table }) => table === plan.into)?.version
    return yield* sink.begin(plan, { claim: true, refresh: false, seen, again: Effect.succeed(plan), ...options })
  })

/** A whole run of one or more batches. */
export const pull = (plan: Plan, batches: Batch | ReadonlyArray<Batch>, options: { readonly claim?: boolean } = {}) =>
  Effect.gen(function* () {
    const run = yield* begin(plan, options)
    for (const batch of "rows" in batches ? [batches] : batches) yield* run.apply(batch)
    return yield* run.finish(finished)
  })
