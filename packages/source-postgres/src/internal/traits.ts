import type { Column, TableSchema } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** What only this source need know of a described column. */
export const Traits = Schema.Struct({
  /** The id of the type as which its values are sent. */
  sent: Schema.Number,
  /** The id of its table. */
  table: Schema.Number,
  /** What stands between the elements of an array. */
  delimiter: Schema.NullOr(Schema.String),
  /** The schema of its type, where the user may not name types in there. */
  closed: Schema.NullOr(Schema.String),
  /** Whether its values are put in order by other operators than `<` and `>`. */
  unordered: Schema.Boolean,
})
export type Traits = typeof Traits.Type

const known = new WeakMap<Column, Traits>()

/** Keeps the traits of a described column as long as the column is kept, in whatever copy of its table's schema. */
export const noteTraits = (column: Column, traits: Traits): Column => {
  known.set(column, traits)
  return column
}

/** What is known of a table's column; undefined where the column is none that was described here. */
export const traitsOf = (table: TableSchema, name: string): Traits | undefined => {
  const column = table.columns.find((one) => one.name === name)
  return column === undefined ? undefined : known.get(column)
}
