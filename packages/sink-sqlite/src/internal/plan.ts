import * as Schema from "effect/Schema"
import { sqlType } from "./replicaTable.ts"
import {
  type Column,
  foldCase,
  formatTableName,
  inReplica,
  maskIdentity,
  nameInReplica,
  type Plan,
  type PlanColumn,
  replicaType,
} from "@starbase-replication/core/sink"

/** A column with its type in the replica and, where the source tells its shape, what the source says of it. */
const ColumnShape = Schema.Struct({
  name: Schema.String,
  /** Its name in the replica, where that is another one. */
  into: Schema.optionalKey(Schema.String),
  /** What it holds in place of its values, in a text that is another one under another secret. */
  mask: Schema.optionalKey(Schema.String),
  /** The name of the column that has its sort key. */
  sort: Schema.optionalKey(Schema.String),
  type: Schema.String,
  sourceType: Schema.optionalKey(Schema.String),
  shape: Schema.optionalKey(Schema.String),
})
type ColumnShape = typeof ColumnShape.Type

/** What a replica table was made from. */
const Shape = Schema.Struct({
  source: Schema.String,
  table: Schema.String,
  identity: Schema.NullOr(Schema.String),
  /** Whose rows they are, where only theirs were asked for. */
  owner: Schema.optionalKey(Schema.String),
  columns: Schema.Array(ColumnShape),
  /** The columns that are not replicated and decide in `where` which rows are. */
  filtering: Schema.Array(ColumnShape),
  key: Schema.Array(Schema.String),
  where: Schema.Unknown,
  cursor: Schema.NullOr(Schema.String),
  /** The column that marks deleted rows: under another one, rows that nobody writes may leave or come. */
  mark: Schema.optionalKey(Schema.String),
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

const columnShape = ({ name, sourceType, shape }: Column, type: string): ColumnShape =>
  shape === undefined ? { name, type } : { name, type, sourceType, shape }

const replicaShape = (column: PlanColumn): ColumnShape => {
  const { into, mask, sort } = column
  return {
    ...columnShape(column, replicaType(column)),
    ...(into === undefined ? {} : { into }),
    ...(mask === undefined ? {} : { mask: maskIdentity(mask) }),
    ...(sort === undefined ? {} : { sort }),
  }
}

/** A column that is not read is what its mask says, whatever the source has. */
const blankShape = ({ shape: _shape, ...column }: PlanColumn): ColumnShape => replicaShape(column)

/** What a plan asks of its replica table. */
export const shapeOf = (plan: Plan): Shape => ({
  source: plan.source,
  table: formatTableName(plan.table.name),
  identity: plan.table.identity ?? null,
  ...(plan.table.owner === undefined ? {} : { owner: plan.table.owner }),
  columns: [...plan.columns.map(replicaShape), ...(plan.blank ?? []).map(blankShape)],
  filtering: plan.table.columns
    .filter(({ name }) => plan.where.some(({ column }) => column === name))
    .filter(({ name }) => plan.columns.every((column) => column.name !== name))
    .map((column) => columnShape(column, column.type)),
  key: plan.key,
  where: plan.where,
  cursor: plan.cursor?.name ?? null,
  ...(plan.deletes.kind === "soft" ? { mark: plan.deletes.column } : {}),
})

/** How a column differs from what it was, in words. */
const columnChange = (was: ColumnShape, is: ColumnShape): ReadonlyArray<string> => {
  if (was.into !== is.into) {
    return [`column "${is.name}" was called "${nameInReplica(was)}" here and is called "${nameInReplica(is)}"`]
  }
  if (was.mask !== is.mask) return [`column "${is.name}" is masked otherwise`]
  if (was.sort !== is.sort) return [`column "${is.name}" is sorted otherwise`]
  if (was.type !== is.type) return [`column "${is.name}" was ${was.type} and is ${is.type}`]
  if (was.shape === undefined && is.shape === undefined) return []
  if (was.sourceType !== undefined && is.sourceType !== undefined && was.sourceType !== is.sourceType) {
    return [`column "${is.name}" was ${was.sourceType} and is ${is.sourceType}`]
  }
  return was.shape === is.shape ? [] : [`column "${is.name}" is another one`]
}

const byName = (columns: ReadonlyArray<ColumnShape>) => new Map(columns.map((column) => [column.name, column]))

/** How a plan's shape differs from the one that a replica table was made from, in words. */
export const changes = (stored: StoredPlan, plan: Plan): ReadonlyArray<string> => {
  const [before, now] = [stored.shape, shapeOf(plan)]
  const old = byName(before.columns)
  const current = byName(now.columns)
  const filtering = byName(before.filtering)
  const differs = (field: "source" | "table" | "key" | "where" | "cursor" | "mark") =>
    JSON.stringify(before[field]) === JSON.stringify(now[field]) ? [] : [`${field} changed`]
  const isSameTable = before.identity === now.identity || before.source !== now.source || before.table !== now.table
  return [
    ...now.columns.flatMap((is) => {
      const was = old.get(is.name)
      return was === undefined ? [`column "${is.name}" added`] : columnChange(was, is)
    }),
    ...before.columns.flatMap(({ name }) => (current.has(name) ? [] : [`column "${name}" dropped`])),
    // Where one is there that was not, it is the filters that changed, or what is replicated.
    ...now.filtering.flatMap((is) => {
      const was = filtering.get(is.name)
      return was === undefined ? [] : columnChange(was, is)
    }),
    ...(isOthers(stored, plan) ? ["the rows are another's"] : []),
    ...(isSameTable ? [] : [`the ${plan.table.kind} is another one`]),
    ...differs("key"),
    ...differs("source"),
    ...differs("table"),
    ...differs("where"),
    ...differs("cursor"),
    ...differs("mark"),
  ]
}

/** Whether a replica may hold rows that are not those of whom a plan asks for. */
export const isOthers = ({ shape }: StoredPlan, { table }: Plan): boolean =>
  table.owner !== undefined && table.owner !== shape.owner

/** Whether a change only asks for a new scan into the same table. */
export const isOnlyCursor = (found: ReadonlyArray<string>): boolean =>
  found.length === 1 && found[0] === "cursor changed"

/** A column of the replica that the source no longer has. */
interface Dropped {
  /** Its name at the source, as far as it is known. */
  readonly name: string
  readonly inReplica: string
  readonly sqlType: string
}

/** The columns that the source no longer has, and which stay in the replica, NULL from then on. */
export const droppedColumns = (stored: StoredPlan | undefined, plan: Plan): ReadonlyArray<Dropped> => {
  if (stored === undefined || plan.hasChosenColumns) return []
  const { columns } = inReplica(plan)
  const present = new Set(columns.map(({ name }) => foldCase(name)))
  // What the config has given another name, or leaves out, is not gone.
  const told = new Set(plan.table.columns.map(({ name }) => foldCase(name)))
  const known: ReadonlyArray<Dropped> = [
    ...stored.shape.columns
      .filter(({ name }) => !told.has(foldCase(name)))
      .map((column) => ({ name: column.name, inReplica: nameInReplica(column), sqlType: sqlType(column.type) })),
    ...stored.dropped.map(([name, type]) => ({ name, inReplica: name, sqlType: type })),
  ]
  return known.filter((one) => !present.has(foldCase(one.inReplica))).slice(0, Math.max(0, 100 - columns.length))
}

/** The plan kept to the columns that the replica has, where the source still has them all as they were. */
export const freeze = (stored: StoredPlan, plan: Plan): Plan | undefined => {
  const kept = (columns: ReadonlyArray<PlanColumn>) =>
    stored.shape.columns.flatMap(({ name }) => columns.find((column) => column.name === name) ?? [])
  const frozen = { ...plan, columns: kept(plan.columns), blank: kept(plan.blank ?? []) }
  return changes(stored, frozen).length === 0 ? frozen : undefined
}

/** Whether columns are masked otherwise than they were, so that what is kept of their values is to be forgotten. */
export const isMaskedAnew = (stored: StoredPlan | undefined, plan: Plan): boolean => {
  const masksOf = (columns: ReadonlyArray<ColumnShape>) =>
    JSON.stringify(columns.flatMap(({ name, mask }) => (mask === undefined ? [] : [[name, mask]])))
  return stored !== undefined && masksOf(stored.shape.columns) !== masksOf(shapeOf(plan).columns)
}
