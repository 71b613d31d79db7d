import * as Schema from "effect/Schema"
import { sqlType } from "./replicaTable.ts"
import { formatTableName, type Plan, replicaType } from "@starbase-replication/core/sink"

/** What a replica table was made from. */
const Shape = Schema.Struct({
  source: Schema.String,
  table: Schema.String,
  columns: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  key: Schema.Array(Schema.String),
  where: Schema.Unknown,
  cursor: Schema.NullOr(Schema.String),
})
type Shape = typeof Shape.Type

/** A replica table as its state row keeps it: the shape, and the columns that the source no longer has. */
export const StoredPlan = Schema.Struct({
  version: Schema.Literal(1),
  shape: Shape,
  /** Name and SQL type of each, which are NULL in every row. */
  dropped: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
})
export type StoredPlan = typeof StoredPlan.Type

export const encodePlan = Schema.encodeSync(Schema.fromJsonString(StoredPlan))

/** What a plan asks of its replica table. */
export const shapeOf = (plan: Plan): Shape => ({
  source: plan.source,
  table: formatTableName(plan.table.name),
  columns: plan.columns.map((column) => [column.name, replicaType(column)]),
  key: plan.key,
  where: plan.where,
  cursor: plan.cursor?.name ?? null,
})

/** How a plan's shape differs from the one that a replica table was made from, in words. */
export const changes = (stored: StoredPlan, plan: Plan): ReadonlyArray<string> => {
  const [before, now] = [stored.shape, shapeOf(plan)]
  const old = new Map(before.columns)
  const current = new Map(now.columns)
  const differs = (field: "source" | "table" | "key" | "where" | "cursor") =>
    JSON.stringify(before[field]) === JSON.stringify(now[field]) ? [] : [`${field} changed`]
  return [
    ...now.columns.flatMap(([name, type]) => {
      const was = old.get(name)
      if (was === undefined) return [`column "${name}" added`]
      return was === type ? [] : [`column "${name}" was ${was} and is ${type}`]
    }),
    ...before.columns.flatMap(([name]) => (current.has(name) ? [] : [`column "${name}" dropped`])),
    ...differs("key"),
    ...differs("source"),
    ...differs("table"),
    ...differs("where"),
    ...differs("cursor"),
  ]
}

/** Whether a change only asks for a new scan into the same table. */
export const isOnlyCursor = (found: ReadonlyArray<string>): boolean =>
  found.length === 1 && found[0] === "cursor changed"

/** The columns that the source no longer has, and which stay in the replica, NULL from then on. */
export const droppedColumns = (stored: StoredPlan | undefined, plan: Plan): StoredPlan["dropped"] => {
  if (stored === undefined || plan.hasChosenColumns) return []
  const fold = (name: string) => name.toLowerCase()
  const present = new Set(plan.columns.map(({ name }) => fold(name)))
  const known = [...stored.shape.columns.map(([name, type]) => [name, sqlType(type)] as const), ...stored.dropped]
  return known.filter(([name]) => !present.has(fold(name))).slice(0, Math.max(0, 100 - plan.columns.length))
}

/** The plan kept to the columns that the replica has, where the source still has them all as they were. */
export const freeze = (stored: StoredPlan, plan: Plan): Plan | undefined => {
  const columns = stored.shape.columns.flatMap(([name]) => plan.columns.find((column) => column.name === name) ?? [])
  const frozen = { ...plan, columns }
  return changes(stored, frozen).length === 0 ? frozen : undefined
}
