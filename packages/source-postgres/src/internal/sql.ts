import type { Column, TableSchema } from "@starbase-replication/core/source"
import { bareType, elementType, schemaOfType } from "@starbase-replication/postgres-values"
import { type Bind, type Dialect, quoteWith, type Statement } from "@starbase-replication/sql-source"
import { arrayLiteral } from "./arrays.ts"
import { castType } from "./types.ts"
import { toBound } from "./values.ts"

/** A name as SQL. */
export const quote = quoteWith('"')

/** Whether a column is of the type money, or of arrays of it. */
export const isMoney = (sourceType: string): boolean => bareType(elementType(sourceType) ?? sourceType) === "money"

/**
 * A volatile answer for a pooler that keeps answers, Hyperdrive first of all: it looks for functions such as this one
 * in the text. The server evaluates it once.
 */
export const uncached = "now() IS NOT NULL"

/** To the type of a column, so that its index and its own collation hold. */
const cast = (sourceType: string, suffix: "" | "[]"): string => {
  const name = castType(sourceType)
  return name === "money" ? `::numeric${suffix}::money${suffix}` : `::${name}${suffix}`
}

const list = ({ sourceType }: Column, values: ReadonlyArray<string>, bind: Bind): string =>
  `${bind(arrayLiteral(values.map(toBound(sourceType))))}${cast(sourceType, "[]")}`

export const dialect: Dialect = {
  quote,
  parameter: (place) => `$${place}`,
  always: [uncached],
  // Money prints as its locale likes; as a number it has the same digits everywhere.
  select: ({ sql, sourceType }) =>
    isMoney(sourceType) ? `${sql}::numeric${elementType(sourceType) === undefined ? "" : "[]"}` : sql,
  bound: ({ sourceType }, value, bind) => `${bind(toBound(sourceType)(value))}${cast(sourceType, "")}`,
  oneOf: (column, values, bind) => `${column.sql} = ANY(${list(column, values, bind)})`,
  keyed: (key, keys, bind) => {
    const lists = key.map((column, place) =>
      list(
        column,
        keys.map((values) => values[place] ?? ""),
        bind,
      ),
    )
    return `(${key.map(({ sql }) => sql).join(", ")}) IN (SELECT * FROM unnest(${lists.join(", ")}))`
  },
  rowValues: true,
  keyNumber: ({ sql, type }) =>
    type === "integer"
      ? `${sql}::bigint`
      : `(('x' || left(${sql}::text, 8))::bit(32)::bigint + ('x' || right(${sql}::text, 12))::bit(48)::bigint)`,
  printNumber: (expression) => `${expression}::text`,
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

/** Where a statement looks for what it names without a schema: its session's path and more schemas, or the system's. */
export type SearchPath = { readonly added: ReadonlyArray<string> } | "system"

const searchPathSetting = (path: SearchPath, values: Array<string>): ReadonlyArray<string> => {
  if (path === "system") return ["set_config('search_path', 'pg_catalog', true)"]
  if (path.added.length === 0) return []
  values.push(path.added.join(", "))
  const session = "nullif(current_setting('search_path'), '')"
  return [`set_config('search_path', concat_ws(', ', ${session}, $1::text), true)`]
}

/**
 * Pins all that the printed form of values depends on, and that the transaction only reads, until the end of the
 * transaction. It is sent before each statement and in the same transaction, because a pooler may give each
 * transaction another session, and refuses settings at the start of one.
 */
export const pinStatement = (statementTimeout: number, path: SearchPath): Statement => {
  const values: Array<string> = []
  const settings = [
    "set_config('transaction_read_only', 'on', true)",
    `set_config('statement_timeout', '${statementTimeout}', true)`,
    "set_config('TimeZone', 'UTC', true)",
    "set_config('DateStyle', 'ISO, YMD', true)",
    "set_config('IntervalStyle', 'postgres', true)",
    "set_config('extra_float_digits', '3', true)",
    "set_config('bytea_output', 'hex', true)",
    // A server that loses its client stops the statement: PostgreSQL 14 and later can, but not on Windows.
    "CASE WHEN current_setting('client_connection_check_interval', true) IS NOT NULL" +
      " AND current_setting('dynamic_shared_memory_type', true) <> 'windows'" +
      " THEN set_config('client_connection_check_interval', '1000', true) END",
    ...searchPathSetting(path, values),
  ]
  return { text: `SELECT ${settings.join(", ")}`, values }
}
