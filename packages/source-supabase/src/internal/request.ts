import type { Column, Filter, TableName, TableSchema } from "@starbase-replication/core/source"
import { alias } from "./answer.ts"
import { isCast, toBound } from "./values.ts"

/** What to ask for. */
export interface Query {
  readonly table: TableName
  /** The query string, its leading `?` left out. */
  readonly search: string
  /** Whether the answer is to tell how many rows there are, whatever it has of them. */
  readonly counts?: boolean
}

/** Commas need no escape in a query, and a look-up is full of them. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%2C", ",")

/** A name in PostgREST's grammar of `select`, `order` and filters. */
const named = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name))

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`

const bound = (table: TableSchema, column: string, value: string): string => {
  const sourceType = table.columns.find(({ name }) => name === column)?.sourceType ?? "text"
  const text = toBound(sourceType, value)
  return plain.get(sourceType)?.test(text) === true ? text : quoted(text)
}

/**
 * Values that need no quotes, which take six characters of a URL. Supabase's own small server takes a quoted word for
 * another value than the word, and a long number without quotes for another number.
 */
const plain = new Map([
  ["boolean", /^(?:true|false)$/],
  ["smallint", /^-?\d+$/],
  ["integer", /^-?\d+$/],
  ["bigint", /^-?\d{1,15}$/],
  ["uuid", /^[\da-f-]+$/],
])

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
  /** Only rows where one of these columns has none of the values beside it. */
  readonly differs?: ReadonlyArray<readonly [column: string, values: ReadonlyArray<string>]>
  readonly limit: number
  /** So many rows are left out first. */
  readonly offset?: number
  /** Only rows in which one of these columns is NULL. */
  readonly lacking?: ReadonlyArray<string>
  readonly counts?: boolean
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
  if (asked.differs !== undefined) {
    const none = ([column, values]: readonly [string, ReadonlyArray<string>]) =>
      `and(${values.length === 0 ? `${named(column)}.not.is.null` : values.map((value) => compare(table, column, "neq", value)).join(",")})`
    conditions.push(`or(${asked.differs.map(none).join(",")})`)
  }
  if (asked.after !== undefined && asked.after.length > 0) conditions.push(...after(table, order, asked.after))
  if (asked.lacking !== undefined)
    conditions.push(`or(${asked.lacking.map((name) => `${named(name)}.is.null`).join(",")})`)
  const parameters: Array<readonly [string, string]> = [["select", columns.map(selected).join(",")]]
  if (conditions.length > 0) parameters.push(["and", `(${conditions.join(",")})`])
  if (order.length > 0) {
    parameters.push(["order", order.map((name) => `${named(name)}.${descending ? "desc" : "asc"}`).join(",")])
  }
  parameters.push(["limit", String(Math.trunc(limit))])
  if (asked.offset !== undefined) parameters.push(["offset", String(Math.trunc(asked.offset))])
  return {
    table: table.name,
    search: parameters.map(([name, value]) => `${name}=${encoded(value)}`).join("&"),
    ...(asked.counts === true ? { counts: true } : {}),
  }
}

/** Asks for no row of a table of which nothing is known: what comes is the error, if any. */
export const makeProbe = (table: TableName): Query => ({ table, search: "limit=0" })

/** Where a query is sent to, in characters as they cross the wire. */
export const urlOf = (url: string, { table, search }: Query): string =>
  `${url}/rest/v1/${encodeURIComponent(table.name)}?${search}`

/** How long a whole URL may be: proxies commonly take no more than 8 kB for the line that holds it. */
const maxUrl = 8000

/** Whether proxies take the URL of a query. */
export const fitsUrl = (url: string, asked: Asked): boolean => urlOf(url, makeQuery(asked)).length <= maxUrl

/** How many of `most` fit, at least one; where some do, fewer do too. */
export const mostThatFit = (most: number, fit: (some: number) => boolean): number => {
  let length = 1
  let bound = most
  while (length < bound) {
    const middle = Math.ceil((length + bound) / 2)
    if (fit(middle)) length = middle
    else bound = middle - 1
  }
  return length
}

/**
 * Splits keys so that the URL for each part is no longer than proxies take, where that can be. A part may be read by
 * several pages, each of which names the last key of the one before.
 */
export const splitKeys = (
  url: string,
  asked: Asked,
  keys: ReadonlyArray<ReadonlyArray<string>>,
): ReadonlyArray<ReadonlyArray<ReadonlyArray<string>>> => {
  const lengths = keys.map((key) => key.reduce((sum, text) => sum + encoded(text).length, 0))
  const longest = keys[lengths.indexOf(Math.max(...lengths))]
  const fits = (part: typeof keys) => fitsUrl(url, { ...asked, keys: part, after: longest })
  const parts: Array<typeof keys> = []
  for (let from = 0; from < keys.length; from += parts.at(-1)?.length ?? keys.length) {
    // No more than the texts of the keys alone leave room for: to write all of them out at each try takes long.
    let most = 0
    for (let room = maxUrl; from + most < keys.length && room >= 0; most += 1) room -= lengths[from + most] ?? 0
    const length = mostThatFit(most, (some) => fits(keys.slice(from, from + some)))
    parts.push(keys.slice(from, from + length))
  }
  return parts
}
