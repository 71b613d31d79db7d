import type { ColumnType } from "@starbase-replication/core"

/** The types that are more than text, by the name that PostgreSQL's format_type prints without modifiers. */
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

/** What a value of a type is in the replica. */
export const columnType = (sourceType: string): ColumnType => {
  if (elementType(sourceType) !== undefined) return "json"
  const name = sourceType === "bit(1)" ? sourceType : bareType(sourceType)
  return columnTypes.get(name) ?? "text"
}

/** What else people, and later versions of PostgREST, call a type. `()` is where modifiers go. */
const aliases = new Map(
  Object.entries({
    bit: "bit()",
    bool: "boolean",
    bpchar: "character()",
    char: "character()",
    decimal: "numeric()",
    float: "double precision",
    float4: "real",
    float8: "double precision",
    int: "integer",
    int2: "smallint",
    int4: "integer",
    int8: "bigint",
    int16: "smallint",
    int32: "integer",
    int64: "bigint",
    time: "time() without time zone",
    timetz: "time() with time zone",
    timestamp: "timestamp() without time zone",
    timestamptz: "timestamp() with time zone",
    varbit: "bit varying()",
    varchar: "character varying()",
  }),
)

/** A type's name as PostgreSQL's format_type prints it. */
export const normalType = (text: string): string => {
  const trimmed = text.trim()
  const element = elementType(trimmed)
  if (element !== undefined) return `${normalType(element)}[]`
  if (trimmed.includes('"')) return trimmed
  const lower = trimmed
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\s*([(),])\s*/g, "$1")
  const [, name = lower, modifiers = ""] = /^([^()]+)(\([^()]*\))?$/.exec(lower) ?? []
  return (aliases.get(name) ?? `${name}()`).replace("()", modifiers)
}

/** The schema that a type's name begins with, or undefined where it has none. */
export const schemaOfType = (sourceType: string): string | undefined => {
  const schema = /^("(?:[^"]|"")*"|[^".\s]+)\./.exec(sourceType)?.[1]
  return schema?.startsWith('"') === true ? schema.slice(1, -1).replaceAll('""', '"') : schema
}
