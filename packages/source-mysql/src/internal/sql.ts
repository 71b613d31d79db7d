import type {
  Column,
  Filter,
  LookupRequest,
  ReadRequest,
  SummarizeRequest,
  TableSchema,
} from "@starbase-replication/core/source"
import { comparison, literal, type Operator } from "./literals.ts"
import { bareType } from "./types.ts"

/** A name as SQL. */
export const quote = (name: string): string => `\`${name.replaceAll("`", "``")}\``

const tableName = ({ name }: TableSchema): string =>
  name.schema === undefined ? quote(name.name) : `${quote(name.schema)}.${quote(name.name)}`

const columnName = (name: string): string => `t.${quote(name)}`

/** A FLOAT prints six digits unless it is made a double. */
const selected = ({ name, sourceType }: Column): string => {
  const bare = bareType(sourceType)
  return bare === "float" || bare === "double" ? `${columnName(name)} * 1e0` : columnName(name)
}

/**
 * An answer that changes, for a pooler that keeps answers, Hyperdrive first of all: it looks for functions such as this
 * one in the text. The server evaluates it once.
 */
export const uncached = "LAST_INSERT_ID() IS NOT NULL"

const makeBuilder = (table: TableSchema) => {
  const columns = new Map(table.columns.map((column) => [column.name, column]))
  const columnOf = (name: string): Column =>
    columns.get(name) ?? { name, type: "text", sourceType: "text", nullable: true }

  const compare = (name: string, op: Operator, value: string): string =>
    comparison(columnName(name), columnOf(name), op, value)

  const oneOf = (name: string, values: ReadonlyArray<string>): string =>
    values.length === 0
      ? "FALSE"
      : `${columnName(name)} IN (${values.map((value) => literal(columnOf(name), value)).join(", ")})`

  const condition = (filter: Filter): string => {
    switch (filter.op) {
      case "isNull":
        return `${columnName(filter.column)} IS NULL`
      case "isNotNull":
        return `${columnName(filter.column)} IS NOT NULL`
      case "in":
        return oneOf(filter.column, filter.values)
      default:
        return compare(filter.column, filter.op, filter.value)
    }
  }

  /** What follows a row. Row constructors would say it shorter, but read no index. */
  const after = (order: ReadonlyArray<string>, last: ReadonlyArray<string>): string => {
    const [name = "", ...names] = order
    const [value = "", ...values] = last
    const [beyond, from, at] = (["gt", "gte", "eq"] as const).map((op) => compare(name, op, value))
    return values.length === 0 ? `${beyond}` : `${from} AND (${beyond} OR (${at} AND ${after(names, values)}))`
  }

  /** The other side of {@link after}: what comes before a row, and the row. */
  const upTo = (order: ReadonlyArray<string>, last: ReadonlyArray<string>): string => {
    const [name = "", ...names] = order
    const [value = "", ...values] = last
    const [below, to, at] = (["lt", "lte", "eq"] as const).map((op) => compare(name, op, value))
    return values.length === 0 ? `${to}` : `${to} AND (${below} OR (${at} AND ${upTo(names, values)}))`
  }

  const keyed = (key: ReadonlyArray<string>, keys: ReadonlyArray<ReadonlyArray<string>>): string => {
    const [name = ""] = key
    if (key.length === 1)
      return oneOf(
        name,
        keys.map(([value = ""]) => value),
      )
    const one = (values: ReadonlyArray<string>) =>
      key.map((column, index) => compare(column, "eq", values[index] ?? "")).join(" AND ")
    return `(${keys.map((values) => `(${one(values)})`).join(" OR ")})`
  }
  return { condition, after, upTo, keyed }
}

/** Reads one page by keyset. */
export const readStatement = (request: ReadRequest): string => {
  const { table, columns, where, order, after, limit } = request
  const builder = makeBuilder(table)
  const conditions = [uncached, ...where.map(builder.condition)]
  if (after !== undefined && after.length > 0) conditions.push(builder.after(order, after))
  return (
    `SELECT ${columns.map(selected).join(", ")} FROM ${tableName(table)} AS t` +
    ` WHERE ${conditions.join(" AND ")}` +
    ` ORDER BY ${order.map(columnName).join(", ")} LIMIT ${Math.trunc(limit)}`
  )
}

/** Reads rows by their keys, and where the collation says so, rows whose keys are only equal to it. */
export const lookupStatement = ({ table, columns, where, key, keys }: LookupRequest): string => {
  const builder = makeBuilder(table)
  const conditions = [uncached, ...where.map(builder.condition), builder.keyed(key, keys)]
  return `SELECT ${columns.map(selected).join(", ")} FROM ${tableName(table)} AS t WHERE ${conditions.join(" AND ")}`
}

/** Reads the highest value of a column. */
export const highestStatement = (table: TableSchema, column: Column, where: ReadonlyArray<Filter>): string => {
  const name = columnName(column.name)
  const conditions = [uncached, `${name} IS NOT NULL`, ...where.map(makeBuilder(table).condition)]
  return (
    `SELECT ${selected(column)} FROM ${tableName(table)} AS t` +
    ` WHERE ${conditions.join(" AND ")} ORDER BY ${name} DESC LIMIT 1`
  )
}

/** Reads no row: the answer's description of the columns is all that is wanted. */
export const describeStatement = (table: TableSchema, columns: ReadonlyArray<Column>): string =>
  `SELECT ${columns.map(({ name }) => columnName(name)).join(", ")} FROM ${tableName(table)} AS t WHERE ${uncached} LIMIT 0`

/** Sums up a range of keys of integers, as `KeySummary` says. */
export const summarizeStatement = ({ table, where, key, after, until }: SummarizeRequest): string => {
  const builder = makeBuilder(table)
  const names = key.map(({ name }) => name)
  const conditions = [uncached, ...where.map(builder.condition), builder.upTo(names, until)]
  if (after !== undefined) conditions.push(builder.after(names, after))
  const rests = names.map((name) => `CAST(${columnName(name)} AS SIGNED) % 2147483647`)
  const number = rests.reduce((sofar, rest) => `((${sofar}) * 31 + ${rest}) % 2147483647`)
  return (
    `SELECT COUNT(*), COALESCE(SUM(n), 0), COALESCE(SUM(n * n % 2147483647), 0)` +
    ` FROM (SELECT ${number} AS n FROM ${tableName(table)} AS t WHERE ${conditions.join(" AND ")}) AS numbers`
  )
}

/**
 * Pins all that the printed form, the order and the number of values depend on, and the time a statement may take.
 * MariaDB alone reads what stands in the first kind of comment, MySQL alone what stands in the second. DEFAULT would be
 * the server's own setting.
 */
export const pinStatement = (statementTimeout: number): string =>
  `SET /*M!100100 max_statement_time = ${statementTimeout / 1000}, */` +
  ` /*M!100318 in_predicate_conversion_threshold = 0, */` +
  ` /*!50708 max_execution_time = ${statementTimeout}, */` +
  ` time_zone = '+00:00', sql_mode = '', sql_select_limit = 18446744073709551615, max_sort_length = 65536,` +
  ` sql_auto_is_null = 0, sql_big_selects = 1, autocommit = 1,` +
  ` character_set_client = utf8mb4, character_set_results = utf8mb4, collation_connection = utf8mb4_general_ci`

/** Lets a session only read, and only what was committed. */
export const readOnlyStatement = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"
