import type {
  Column,
  Filter,
  LookupRequest,
  ReadRequest,
  SummarizeRequest,
  TableSchema,
} from "@starbase-replication/core/source"
import { bareType, elementType, schemaOfType } from "@starbase-replication/postgres-values"
import { arrayLiteral } from "./arrays.ts"
import { castType } from "./types.ts"
import { toBound } from "./values.ts"

/** A statement with its parameters. */
export interface Statement {
  readonly text: string
  readonly values: ReadonlyArray<string>
}

/** A name as SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

const tableName = ({ name }: TableSchema): string =>
  name.schema === undefined ? quote(name.name) : `${quote(name.schema)}.${quote(name.name)}`

/** Qualified, because ORDER BY takes a bare name for the column of the result. */
const columnName = (name: string): string => `t.${quote(name)}`

/** Whether a column is of the type money, or of arrays of it. */
export const isMoney = (sourceType: string): boolean => bareType(elementType(sourceType) ?? sourceType) === "money"

/** Money prints as its locale likes; as a number it has the same digits everywhere. */
const selected = ({ name, sourceType }: Column): string =>
  isMoney(sourceType)
    ? `${columnName(name)}::numeric${elementType(sourceType) === undefined ? "" : "[]"}`
    : columnName(name)

const operators = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const

/**
 * A volatile answer for a pooler that keeps answers, Hyperdrive first of all: it looks for functions such as this one
 * in the text. The server evaluates it once.
 */
export const uncached = "now() IS NOT NULL"

const makeBuilder = (table: TableSchema) => {
  const values: Array<string> = []
  const types = new Map(table.columns.map((column) => [column.name, column.sourceType]))

  const cast = (sourceType: string, suffix: "" | "[]"): string => {
    const name = castType(sourceType)
    return name === "money" ? `::numeric${suffix}::money${suffix}` : `::${name}${suffix}`
  }
  /** A parameter of the type of a column, so that its index and its own collation hold. */
  const bound = (column: string, value: string): string => {
    const sourceType = types.get(column)
    if (sourceType === undefined) return `$${values.push(value)}`
    return `$${values.push(toBound(sourceType)(value))}${cast(sourceType, "")}`
  }
  const oneOf = (column: string, list: ReadonlyArray<string>): string => {
    const sourceType = types.get(column) ?? "text"
    return `$${values.push(arrayLiteral(list.map(toBound(sourceType))))}${cast(sourceType, "[]")}`
  }
  const condition = (filter: Filter): string => {
    const name = columnName(filter.column)
    switch (filter.op) {
      case "isNull":
        return `${name} IS NULL`
      case "isNotNull":
        return `${name} IS NOT NULL`
      case "in":
        return `${name} = ANY(${oneOf(filter.column, filter.values)})`
      default:
        return `${name} ${operators[filter.op]} ${bound(filter.column, filter.value)}`
    }
  }
  const compared = (order: ReadonlyArray<string>, operator: ">" | "<=", row: ReadonlyArray<string>): string => {
    const names = order.slice(0, row.length)
    const bounds = names.map((name, index) => bound(name, row[index] ?? ""))
    const columns = names.map(columnName)
    return bounds.length === 1
      ? `${columns[0]} ${operator} ${bounds[0]}`
      : `(${columns.join(", ")}) ${operator} (${bounds.join(", ")})`
  }
  const keyed = (key: ReadonlyArray<string>, keys: ReadonlyArray<ReadonlyArray<string>>): string => {
    const lists = key.map((name, index) =>
      oneOf(
        name,
        keys.map((values) => values[index] ?? ""),
      ),
    )
    const columns = key.map(columnName)
    return lists.length === 1
      ? `${columns[0]} = ANY(${lists[0]})`
      : `(${columns.join(", ")}) IN (SELECT * FROM unnest(${lists.join(", ")}))`
  }
  return { values, condition, compared, keyed }
}

/** Reads one page by keyset. */
export const readStatement = (request: ReadRequest): Statement => {
  const { table, columns, where, order, after, limit } = request
  const builder = makeBuilder(table)
  const conditions = [uncached, ...where.map(builder.condition)]
  if (after !== undefined && after.length > 0) conditions.push(builder.compared(order, ">", after))
  return {
    text:
      `SELECT ${columns.map(selected).join(", ")} FROM ${tableName(table)} AS t` +
      ` WHERE ${conditions.join(" AND ")}` +
      ` ORDER BY ${order.map(columnName).join(", ")} LIMIT ${Math.trunc(limit)}`,
    values: builder.values,
  }
}

/** Reads rows by their keys. */
export const lookupStatement = ({ table, columns, where, key, keys }: LookupRequest): Statement => {
  const builder = makeBuilder(table)
  const conditions = [uncached, ...where.map(builder.condition), builder.keyed(key, keys)]
  return {
    text: `SELECT ${columns.map(selected).join(", ")} FROM ${tableName(table)} AS t WHERE ${conditions.join(" AND ")}`,
    values: builder.values,
  }
}

/** Reads the highest value of a column. */
export const highestStatement = (table: TableSchema, column: Column, where: ReadonlyArray<Filter>): Statement => {
  const builder = makeBuilder(table)
  const name = columnName(column.name)
  const conditions = [uncached, `${name} IS NOT NULL`, ...where.map(builder.condition)]
  return {
    text:
      `SELECT ${selected(column)} FROM ${tableName(table)} AS t` +
      ` WHERE ${conditions.join(" AND ")} ORDER BY ${name} DESC LIMIT 1`,
    values: builder.values,
  }
}

/** The number of a key's column, as `KeySummary` says. */
const keyNumber = ({ name, type }: Column): string => {
  const column = columnName(name)
  return type === "integer"
    ? `${column}::bigint`
    : `(('x' || left(${column}::text, 8))::bit(32)::bigint + ('x' || right(${column}::text, 12))::bit(48)::bigint)`
}

/** Sums up a range of keys, as `KeySummary` says. */
export const summarizeStatement = ({ table, where, key, after, until }: SummarizeRequest): Statement => {
  const builder = makeBuilder(table)
  const names = key.map(({ name }) => name)
  const conditions = [uncached, ...where.map(builder.condition), builder.compared(names, "<=", until)]
  if (after !== undefined) conditions.push(builder.compared(names, ">", after))
  const rests = key.map((column) => `${keyNumber(column)} % 2147483647`)
  const number = rests.reduce((sofar, rest) => `((${sofar}) * 31 + ${rest}) % 2147483647`)
  return {
    text:
      `SELECT count(*)::text, coalesce(sum(n), 0)::text, coalesce(sum(n * n % 2147483647), 0)::text` +
      ` FROM (SELECT ${number} AS n FROM ${tableName(table)} AS t WHERE ${conditions.join(" AND ")}) AS numbers`,
    values: builder.values,
  }
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
