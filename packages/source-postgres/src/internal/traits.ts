import type { TableSchema } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** What only this source need know of a described column. */
export const Traits = Schema.Struct({
  /** The id of the type as which its values are sent. */
  sent: Schema.Number,
  /** What stands between the elements of an array. */
  delimiter: Schema.NullOr(Schema.String),
  /** The schema of its type, where the user may not name types in there. */
  closed: Schema.NullOr(Schema.String),
  /** Whether its values are put in order by other operators than `<` and `>`. */
  unordered: Schema.Boolean,
})
export type Traits = typeof Traits.Type

const known = new WeakMap<TableSchema, ReadonlyMap<string, Traits>>()

/** Keeps the traits of a table's columns, by their names, as long as the table's schema is kept. */
export const noteTraits = (table: TableSchema, traits: ReadonlyMap<string, Traits>): void =>
  void known.set(table, traits)

/** What is known of a column; undefined where the table's schema is none that was described here. */
export const traitsOf = (table: TableSchema, column: string): Traits | undefined => known.get(table)?.get(column)
