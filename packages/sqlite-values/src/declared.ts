import * as Schema from "effect/Schema"

/** What texts and integers may be declared to be, whose columns SQLite has no types for. */
const Declared = Schema.Literals(["boolean", "date", "decimal", "json", "time", "timestamp", "timestamptz", "unsigned"])

/** The setting that says, by table and column, what the texts of a column are. */
export const DeclaredTypes = Schema.Record(Schema.NonEmptyString, Schema.Record(Schema.NonEmptyString, Declared))
export type DeclaredTypes = typeof DeclaredTypes.Type

/** What {@link DeclaredTypes} are for, in the schema of a config. */
export const declaredTypesDescription =
  "By table and column, what the texts of a column are: a cursor of times has an overlap only where they are declared as such. Each value must have the canonical form of the type."
