import * as Schema from "effect/Schema"
import { shapeOf, type StoredPlan } from "../plan.ts"
import { sqlType } from "../replicaTable.ts"
import { type Fan, nameInReplica, type Plan } from "@starbase-replication/core/sink"

const Column = Schema.Struct({
  name: Schema.String,
  /** How its canonical text is read, and the type with which the replica declares it. */
  type: Schema.String,
  declared: Schema.String,
})

/** A fed table as the log's readers see it: columns and key by their names here. */
export const Described = Schema.Struct({
  version: Schema.Literal(1),
  columns: Schema.Array(Column),
  /** Empty where nothing tells rows apart: then no change is logged. */
  key: Schema.Array(Schema.String),
  /** The column that has the tenant; null where everybody gets the table. */
  tenant: Schema.NullOr(Schema.String),
})
export type Described = typeof Described.Type

export const encodeDescribed = Schema.encodeSync(Schema.fromJsonString(Described))

/** Types whose values have more than one text, or none that is exact. */
const inexact = new Set(["real", "blob"])

/** How a replica table is fed, or why it is not, as the second half of a sentence about it. */
export const describeFed = ({ shape }: StoredPlan, fan: Exclude<Fan, "none">): Described | string => {
  const columns = shape.columns.flatMap((column) => {
    const { type, sort } = column
    const own = { name: nameInReplica(column), type, declared: sqlType(type) }
    return sort === undefined ? [own] : [own, { name: sort, type: "text", declared: "TEXT" }]
  })
  const key = shape.key.map((name) => {
    const column = shape.columns.find((one) => one.name === name)
    return column === undefined ? name : nameInReplica(column)
  })
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type
  if (key.some((name) => typeOf(name) === "real")) return "has a key of doubles, which have no exact text"
  const tenant = fan === "all" ? null : fan.column
  if (tenant === null) return { version: 1, columns, key, tenant }
  const type = typeOf(tenant)
  if (type === undefined) return `has no column "${tenant}" that would say whose a row is`
  if (inexact.has(type)) return `has a column "${tenant}" of type ${type}, whose values have no exact text`
  return { version: 1, columns, key, tenant }
}

/** See `HubSink.withheld`. */
export const withheld = (plan: Plan, fan: Exclude<Fan, "none">): string | undefined => {
  const fed = describeFed({ version: 1, shape: shapeOf(plan), dropped: [] }, fan)
  return typeof fed === "string" ? fed : undefined
}
