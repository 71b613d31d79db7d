import type { ColumnType } from "@starbase-replication/core/source"

/** The types that are more than text, by the name that format_type prints without modifiers. */
const columnTypes = new Map<string, ColumnType>(
  Object.entries({
    smallint: "integer",
    integer: "integer",
    bigint: "integer",
    oid: "integer",
    real: "real",
    "double precision": "real",
    numeric: "decimal",
    money: "decimal",
    boolean: "boolean",
    "bit(1)": "boolean",
    bytea: "blob",
    json: "json",
    jsonb: "json",
    date: "date",
    "time without time zone": "time",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
  } satisfies Record<string, ColumnType>),
)

/** The type of an array's elements, or undefined for a type that is no array. */
export const elementType = (sourceType: string): string | undefined =>
  sourceType.endsWith("[]") ? sourceType.slice(0, -2) : undefined

/** A type's name without its modifiers: `numeric(10,2)` is `numeric`, `timestamp(3) without time zone` likewise. */
export const bareType = (sourceType: string): string =>
  sourceType.replaceAll(/("(?:[^"]|"")*")|\([^()]*\)/g, (_, quoted: string | undefined) => quoted ?? "")

/** What a value of a type is in the replica, the type named as PostgreSQL's format_type prints it. */
export const columnType = (sourceType: string): ColumnType => {
  if (elementType(sourceType) !== undefined) return "json"
  const name = sourceType === "bit(1)" ? sourceType : bareType(sourceType)
  return columnTypes.get(name) ?? "text"
}

/** The schema of a type that is not the system's own, as SQL: in double quotes where it needs them. */
export const schemaOfType = (sourceType: string): string | undefined =>
  /^("(?:[^"]|"")*"|[^".\s]+)\./.exec(sourceType)?.[1]
