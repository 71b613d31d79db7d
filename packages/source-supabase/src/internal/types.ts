import { elementType, schemaOfType as schemaAsSql } from "@starbase-replication/postgres-values"

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

/**
 * Quotes that a type's name has only where quote_all_identifiers is on. A name that is PostgreSQL's own word for a type has
 * them for it is of another type.
 */
const needless = new RegExp(
  `"(?!(?:${[...aliases.keys()].join("|")}|bigint|boolean|character|integer|interval|numeric|real|smallint)")([a-z_][a-z\\d_]*)"`,
  "g",
)

/** A type's name as PostgreSQL's format_type prints it. */
export const normalType = (text: string): string => {
  const trimmed = text.trim()
  const element = elementType(trimmed)
  if (element !== undefined) return `${normalType(element)}[]`
  if (trimmed.includes('"')) return trimmed.replaceAll(needless, "$1")
  const lower = trimmed
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\s*([(),])\s*/g, "$1")
  const [, name = lower, modifiers = ""] = /^([^()]+)(\([^()]*\))?$/.exec(lower) ?? []
  return (aliases.get(name) ?? `${name}()`).replace("()", modifiers)
}

/** The schema that a type's name begins with, or undefined where it has none. */
export const schemaOfType = (sourceType: string): string | undefined => {
  const schema = schemaAsSql(sourceType)
  return schema?.startsWith('"') === true ? schema.slice(1, -1).replaceAll('""', '"') : schema
}
