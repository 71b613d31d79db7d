import type { Column, Filter, TableName, TableSchema } from "@starbase-replication/core/source"
import { alias } from "./answer.ts"
import { isCast, toBound } from "./values.ts"

/** What to ask for. */
export interface Query {
  readonly table: TableName
  /** The query string, its leading `?` left out. */
  readonly search: string
  /** How many columns it asks for. */
  readonly width: number
}

/** A name in PostgREST's grammar of `select`, `order` and filters. */
const named = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name))

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`

const bound = (table: TableSchema, column: string, value: string): string => {
  const sourceType = table.columns.find(({ name }) => name === column)?.sourceType ?? "text"
  const text = toBound(sourceType, value)
  // Supabase's own small server takes a quoted word for another value than the word.
  return sourceType === "boolean" && /^(?:true|false)$/.test(text) ? text : quoted(text)
}

const compare = (table: TableSchema, column: string, op: string, value: string): string =>
  `${named(column)}.${op}.${bound(table, column, value)}`

const condition = (table: TableSchema, filter: Filter): string => {
  const name = named(filter.column)
  switch (filter.op) {
    case "isNull":
      return `${name}.is.null`
    case "isNotNull":
      return `${name}.not.is.null`
    case "in":
      return oneOf(table, filter.column, filter.values)
    default:
      return compare(table, filter.column, filter.op, filter.value)
  }
}

/** PostgREST takes a list of nothing but an empty text for an empty list. */
const oneOf = (table: TableSchema, column: string, values: ReadonlyArray<string>): string => {
  const [first = "", ...others] = values
  if (values.length === 0) return `and(${named(column)}.is.null,${named(column)}.not.is.null)`
  if (others.length === 0) return compare(table, column, "eq", first)
  return `${named(column)}.in.(${values.map((value) => bound(table, column, value)).join(",")})`
}

/** Rows after a position. The first condition says nothing new, but an index can begin where it says. */
const after = (
  table: TableSchema,
  order: ReadonlyArray<string>,
  last: ReadonlyArray<string>,
): ReadonlyArray<string> => {
  const [column = "", ...rest] = order.slice(0, last.length)
  const [value = "", ...values] = last
  if (rest.length === 0) return [compare(table, column, "gt", value)]
  const nested = after(table, rest, values)
  const tied = `and(${[compare(table, column, "eq", value), ...nested].join(",")})`
  return [compare(table, column, "gte", value), `or(${compare(table, column, "gt", value)},${tied})`]
}

const selected = ({ name, sourceType }: Column, place: number): string =>
  `${alias(place)}:${named(name)}${isCast(sourceType) ? "::text" : ""}`

/** What a query asks of a table. */
export interface Asked {
  readonly table: TableSchema
  readonly columns: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
  readonly order: ReadonlyArray<string>
  readonly descending?: boolean
  readonly after?: ReadonlyArray<string> | undefined
  /** Rows by their keys, of which `order` are the columns. */
  readonly keys?: ReadonlyArray<ReadonlyArray<string>>
  readonly limit: number
}

const keyed = (table: TableSchema, key: ReadonlyArray<string>, keys: ReadonlyArray<ReadonlyArray<string>>): string => {
  const [first = "", ...others] = key
  if (others.length === 0)
    return oneOf(
      table,
      first,
      keys.map(([value = ""]) => value),
    )
  const one = (values: ReadonlyArray<string>) =>
    `and(${key.map((name, at) => compare(table, name, "eq", values[at] ?? "")).join(",")})`
  return `or(${keys.map(one).join(",")})`
}

/**
 * Builds a query. All conditions stand in one `and`, because only there a value can be quoted. A cast value has an
 * alias, so that `order` means the column and not its text.
 */
export const makeQuery = (asked: Asked): Query => {
  const { table, columns, where, order, descending = false, keys, limit } = asked
  const conditions = where.map((filter) => condition(table, filter))
  if (keys !== undefined) conditions.push(keyed(table, order, keys))
  if (asked.after !== undefined && asked.after.length > 0) conditions.push(...after(table, order, asked.after))
  const parameters: Array<readonly [string, string]> = [["select", columns.map(selected).join(",")]]
  if (conditions.length > 0) parameters.push(["and", `(${conditions.join(",")})`])
  if (order.length > 0) {
    parameters.push(["order", order.map((name) => `${named(name)}.${descending ? "desc" : "asc"}`).join(",")])
  }
  parameters.push(["limit", String(Math.trunc(limit))])
  return {
    table: table.name,
    search: parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&"),
    width: columns.length,
  }
}

/** How long a query string may be: proxies commonly take no more than 8 KB for the whole line. */
const maxSearch = 7000

/** Splits keys so that the query for each part is no longer than proxies take, where that can be. */
export const splitKeys = (
  asked: Asked,
  keys: ReadonlyArray<ReadonlyArray<string>>,
): ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>> => {
  if (keys.length <= 1 || makeQuery({ ...asked, keys }).search.length <= maxSearch) return [keys]
  const half = Math.ceil(keys.length / 2)
  return [...splitKeys(asked, keys.slice(0, half)), ...splitKeys(asked, keys.slice(half))]
}
