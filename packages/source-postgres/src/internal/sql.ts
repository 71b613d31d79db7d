import type { Column, TableSchema } from "@starbase-replication/core/source"
import { bareType, elementType, schemaOfType } from "@starbase-replication/postgres-values"
import {
  type Bind,
  type Dialect,
  type Operand,
  type Operator,
  operators,
  quoteWith,
} from "@starbase-replication/sql-source"
import { arrayLiteral } from "./arrays.ts"
import { writtenSince } from "./parts.ts"
import { castType } from "./types.ts"
import { toBound, toCanonical } from "./values.ts"

/** A name as SQL. */
export const quote = quoteWith('"')

/** Whether a column is of the type money, or of arrays of it. */
export const isMoney = (sourceType: string): boolean => bareType(elementType(sourceType) ?? sourceType) === "money"

/**
 * A volatile answer for a pooler that keeps answers, Hyperdrive first of all: it looks for functions such as this one
 * in the text. The server evaluates it once.
 */
export const uncached = "pg_catalog.now() IS NOT NULL"

/** To the type of a column, so that its index and its own collation hold. */
const cast = (sourceType: string, suffix: "" | "[]"): string => {
  const name = castType(sourceType)
  return name === "money" ? `::numeric${suffix}::money${suffix}` : `::${name}${suffix}`
}

/** A value to compare an integer with may be beyond its type, as one moved back by an overlap; the index holds all the same. */
const boundType = (sourceType: string): string => {
  const name = bareType(sourceType)
  return name === "smallint" || name === "integer" ? "bigint" : sourceType
}

const list = ({ sourceType }: Column, values: ReadonlyArray<string>, bind: Bind): string =>
  `${bind(arrayLiteral(values.map(toBound(sourceType))))}${cast(sourceType, "[]")}`

/** As its type, where the system has not brought it: a domain over an enum has no operators of its own. */
const compared = ({ sql, sourceType }: Operand): string =>
  schemaOfType(sourceType) === undefined ? sql : `${sql}${cast(sourceType, "")}`

/** The system's own, unless an extension brought the type and its operators. */
const operator = (columns: ReadonlyArray<Column>, op: Operator): string =>
  columns.every(({ sourceType }) => schemaOfType(sourceType) === undefined)
    ? `OPERATOR(pg_catalog.${operators[op]})`
    : operators[op]

/**
 * How many of the bounds a value exceeds, in one search: of a value that is a bound itself, one fewer than are not above it.
 */
const placeAmong = (value: string, bounds: string, type: string): string => {
  const list = `${bounds}::${type}[]`
  const place = `pg_catalog.width_bucket(${value}, ${list})`
  return `${place} - CASE WHEN (${list})[${place}] OPERATOR(pg_catalog.=) ${value} THEN 1 ELSE 0 END`
}

export const dialect: Dialect = {
  quote,
  parameter: (place) => `$${place}`,
  always: [uncached],
  // Money prints as its locale likes; as a number it has the same digits everywhere.
  select: ({ sql, sourceType }) =>
    isMoney(sourceType) ? `${sql}::numeric${elementType(sourceType) === undefined ? "" : "[]"}` : sql,
  compared,
  operator,
  bound: ({ sourceType }, value, bind) => `${bind(toBound(sourceType)(value))}${cast(boundType(sourceType), "")}`,
  oneOf: (column, values, bind) => `${compared(column)} ${operator([column], "eq")} ANY(${list(column, values, bind)})`,
  keyed: (key, keys, bind) => {
    const lists = key.map((column, place) =>
      list(
        column,
        keys.map((values) => values[place] ?? ""),
        bind,
      ),
    )
    // Of several lists it is the system's by its bare name alone.
    const rows = `SELECT * FROM unnest(${lists.join(", ")})`
    return `(${key.map(compared).join(", ")}) ${operator(key, "eq")} ANY (${rows})`
  },
  rowValues: true,
  keyNumber: ({ sql, type }) =>
    type === "integer"
      ? `${sql}::bigint`
      : `(('x' || pg_catalog.left(${sql}::text, 8))::bit(32)::bigint + ('x' || pg_catalog.right(${sql}::text, 12))::bit(48)::bigint)`,
  printNumber: (expression) => `${expression}::text`,
  weigh: (columns) => `pg_catalog.octet_length(pg_catalog.concat(${columns.map(({ sql }) => sql).join(", ")}))`,
  since: (since, { parts = [] }, bind) => writtenSince(since, parts, bind),
  place: (column, bounds, bind) => {
    if (column.type === "integer") return placeAmong(`${column.sql}::bigint`, bind(arrayLiteral(bounds)), "bigint")
    // Others have another canonical text than the one that is printed, or another order.
    const isPrinted = toCanonical(column.sourceType) === undefined && bareType(column.sourceType) !== "character"
    const isByBytes = column.type === "text" || column.type === "decimal" || column.type === "date"
    if (!isPrinted || !isByBytes || isMoney(column.sourceType)) return undefined
    return placeAmong(`${column.sql}::text COLLATE "C"`, bind(arrayLiteral(bounds)), "text")
  },
  apart: (from) => ` FROM (SELECT t.*${from} OFFSET 0) AS t`,
}

/**
 * The schemas of types that the named columns have and the system has not. The operators that compare such types live
 * there, and where the search path lacks the schema PostgreSQL would quietly compare as another type.
 */
export const operatorSchemas = (table: TableSchema, names: Iterable<string>): ReadonlyArray<string> => {
  const wanted = new Set(names)
  const schemas = table.columns
    .filter(({ name }) => wanted.has(name))
    .flatMap(({ sourceType }) => schemaOfType(sourceType) ?? [])
  return [...new Set(schemas)]
}
