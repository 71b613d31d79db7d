import type { Column, ColumnType } from "@starbase-replication/core/source"

/** What a `tinyint(1)` column is to be. */
export type Tinyint1 = "integer" | "boolean"

/** The types that are more than text, by their first word. */
const columnTypes = new Map<string, ColumnType>(
  Object.entries({
    tinyint: "integer",
    smallint: "integer",
    mediumint: "integer",
    int: "integer",
    bigint: "integer",
    year: "integer",
    float: "real",
    double: "real",
    decimal: "decimal",
    binary: "blob",
    varbinary: "blob",
    tinyblob: "blob",
    blob: "blob",
    mediumblob: "blob",
    longblob: "blob",
    vector: "blob",
    json: "json",
    date: "date",
    time: "time",
    datetime: "timestamp",
    timestamp: "timestamptz",
  } satisfies Record<string, ColumnType>),
)

const spatial =
  /^(?:geometry|point|linestring|polygon|multipoint|multilinestring|multipolygon|geometrycollection|geomcollection)\b/

/** A type's first word: `int(10) unsigned` is `int`. */
export const bareType = (sourceType: string): string => /^\w+/.exec(sourceType)?.[0] ?? sourceType

/** Whether values of a type are shapes, whose text is EWKB in hexadecimal. */
export const isSpatial = (sourceType: string): boolean => spatial.test(sourceType)

/** What a value of a type is in the replica. */
export const columnType = (sourceType: string, tinyint1: Tinyint1 = "integer"): ColumnType => {
  if (sourceType === "bit(1)" || (sourceType === "tinyint(1)" && tinyint1 === "boolean")) return "boolean"
  const bare = bareType(sourceType)
  if (bare === "bigint" && / unsigned\b/.test(sourceType)) return "unsigned"
  return columnTypes.get(bare) ?? "text"
}

/** Whether a column becomes a boolean that tells only 0 from all else. */
export const isTruth = ({ type, sourceType }: Column): boolean =>
  type === "boolean" && bareType(sourceType) === "tinyint"

/** A column's type in one text: with its character set and collation, where it has one. */
export const withCollation = (declared: string, charset: string | null, collation: string | null): string =>
  charset === null || collation === null ? declared : `${declared} character set ${charset} collate ${collation}`

/** The character set and collation of a type that has them. */
export const collationOf = (
  sourceType: string,
): { readonly charset: string; readonly collation: string } | undefined => {
  const match = / character set (\w+) collate (\w+)$/.exec(sourceType)
  const [, charset, collation] = match ?? []
  return charset === undefined || collation === undefined ? undefined : { charset, collation }
}

/** How servers print what has no place inside quotes, whatever the sql_mode says of backslashes. */
const escapes = new Map([
  ["''", "'"],
  ["\\\\", "\\"],
  ["\\n", "\n"],
  ["\\r", "\r"],
  ["\\0", "\0"],
])

/** The members of an enum or set in the order of their numbers, or undefined for another type. */
export const membersOf = (sourceType: string): ReadonlyArray<string> | undefined => {
  const bare = bareType(sourceType)
  if (bare !== "enum" && bare !== "set") return undefined
  return [...sourceType.slice(bare.length).matchAll(/[(,]'((?:[^'\\]|''|\\.)*)'/g)].map(([, member = ""]) =>
    member.replaceAll(/''|\\./g, (escape) => escapes.get(escape) ?? escape.slice(1)),
  )
}

/** Whether the server finds a value by its text: not so a shape, nor JSON where that is no text. */
export const isComparable = (sourceType: string): boolean => !isSpatial(sourceType) && bareType(sourceType) !== "json"

/**
 * Whether the server puts values of a type in order by all of it. Of unbounded types it looks at the beginning alone
 * (MariaDB, where a LIMIT follows, even at less than `max_sort_length`), so that a walk would leave rows out.
 */
export const isOrdered = (sourceType: string): boolean =>
  !isSpatial(sourceType) && !/^(?:(?:tiny|medium|long)?(?:text|blob)|json|vector)\b/.test(sourceType)
