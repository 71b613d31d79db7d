import {
  type Column,
  ConnectorError,
  type Filter,
  type LookupRequest,
  type ReadRequest,
  type SummarizeRequest,
  type TableSchema,
} from "@starbase-replication/core/source"
import { type Bound, selected, toBound, weight } from "./values.ts"

/** A statement with its parameters, which are numbered and may be meant more than once. */
export interface Statement {
  readonly sql: string
  readonly params: ReadonlyArray<string | number>
}

/** A Durable Object takes no more parameters. */
const maxParams = 100

/** A name as SQL. */
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Qualified: SQLite takes a quoted name that is no column for a text. */
const columnName = (name: string): string => `t.${quote(name)}`

const operators = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const

const makeBuilder = (table: TableSchema) => {
  const params: Array<string | number> = []
  const columns = new Map(table.columns.map((column) => [column.name, column]))

  const param = (value: string | number): string => {
    params.push(value)
    return `?${params.length}`
  }
  const boundOf = (name: string, value: string): Bound => {
    const column = columns.get(name)
    return column === undefined ? { kind: "text", param: value } : toBound(column, value)
  }
  const expression = (bound: Bound): string => {
    switch (bound.kind) {
      // Every number is bound as a double.
      case "integer":
        return `CAST(${param(bound.param)} AS INTEGER)`
      case "blob":
        return `unhex(${param(bound.param)})`
      case "infinity":
        return bound.param
      default:
        return param(bound.param)
    }
  }
  const bound = (name: string, value: string): string => expression(boundOf(name, value))

  /** Rows of values as a table. In JSON any number of them is one parameter; SQLite reads its numbers exactly. */
  const values = (names: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
    const bounds = rows.map((row) => names.map((name, place) => boundOf(name, row[place] ?? "")))
    const json = `[${bounds.map((row) => `[${row.map(toJson).join(",")}]`).join(",")}]`
    const read = names.map((name, place) =>
      columns.get(name)?.type === "blob" ? `unhex(value->>${place})` : `value->>${place}`,
    )
    return `SELECT ${read.join(", ")} FROM json_each(${param(json)})`
  }

  const condition = (filter: Filter): string => {
    const name = columnName(filter.column)
    switch (filter.op) {
      case "isNull":
        return `${name} IS NULL`
      case "isNotNull":
        return `${name} IS NOT NULL`
      case "in":
        return `${name} IN (${values(
          [filter.column],
          filter.values.map((value) => [value]),
        )})`
      default:
        return `${name} ${operators[filter.op]} ${bound(filter.column, filter.value)}`
    }
  }
  const compared = (order: ReadonlyArray<string>, operator: ">" | "<=", row: ReadonlyArray<string>): string => {
    const names = order.slice(0, row.length)
    const bounds = names.map((name, place) => bound(name, row[place] ?? ""))
    return `${tuple(names.map(columnName))} ${operator} ${tuple(bounds)}`
  }
  const keyed = (key: ReadonlyArray<string>, keys: ReadonlyArray<ReadonlyArray<string>>): string =>
    `${tuple(key.map(columnName))} IN (${values(key, keys)})`
  return { params, condition, compared, keyed }
}

const tuple = (parts: ReadonlyArray<string>): string =>
  parts.length === 1 ? (parts[0] ?? "") : `(${parts.join(", ")})`

const toJson = ({ kind, param }: Bound): string =>
  kind === "integer" || kind === "infinity" ? param : JSON.stringify(param)

const whereOf = (conditions: ReadonlyArray<string>): string =>
  conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`

/** Columns under short names: the long names of a hundred columns, repeated, would be more than SQLite takes. */
const named = (columns: ReadonlyArray<Column>): string =>
  columns.map(({ name }, place) => `${columnName(name)} AS v${place}`).join(", ")

/** Their values as they come, `c0` and so on: not the names that they are ordered by. */
const printed = (columns: ReadonlyArray<Column>): string =>
  columns.map((_, place) => `${selected(`v${place}`)} AS c${place}`).join(", ")

/** A sum as a balanced tree, because SQLite bounds the depth of an expression. */
const sum = (terms: ReadonlyArray<string>): string => {
  if (terms.length <= 1) return terms[0] ?? "0"
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))} + ${sum(terms.slice(half))})`
}

/** A result has no more columns. */
const maxColumns = 100

/**
 * Reads one page by keyset: each row with its weight `w`, where there is a column to spare. The inner select finds how
 * many rows bring the page to `maxBytes`, so that the instance never holds more than a page and sends no more.
 */
export const readStatement = (request: ReadRequest): Statement => {
  const { table, columns, where, order, after, limit, maxBytes } = request
  const builder = makeBuilder(table)
  const conditions = where.map(builder.condition)
  if (after !== undefined && after.length > 0) conditions.push(builder.compared(order, ">", after))
  const from = `FROM ${quote(table.name.name)} AS t${whereOf(conditions)}`
  const by = `ORDER BY ${order.map(columnName).join(", ")}`
  const ordering = order.map((name, place) => `${columnName(name)} AS o${place}`).join(", ")
  const count =
    `SELECT count(*) FROM (SELECT sum(w) OVER (ORDER BY ${order.map((_, place) => `o${place}`).join(", ")}` +
    ` ROWS UNBOUNDED PRECEDING) - w AS before FROM (` +
    `SELECT ${ordering}, ${sum(columns.map(({ name }) => weight(columnName(name))))} AS w ${from} ${by}` +
    ` LIMIT ${Math.trunc(limit)})) WHERE before < ${bytesBound(maxBytes)}`
  const weighed = columns.length < maxColumns ? `, ${sum(columns.map((_, place) => weight(`v${place}`)))} AS w` : ""
  const byPlace = order.map((one) => `v${columns.findIndex(({ name }) => name === one)}`).join(", ")
  return {
    sql:
      `SELECT ${printed(columns)}${weighed}` +
      ` FROM (SELECT ${named(columns)} ${from} ${by} LIMIT (${count})) ORDER BY ${byPlace}`,
    params: builder.params,
  }
}

/** At least 1, by which the first row, before which there is nothing, always comes. */
export const bytesBound = (maxBytes: number): number => Math.min(Math.max(Math.ceil(maxBytes), 1), 2 ** 53 - 1)

/** Reads rows by their keys. */
export const lookupStatement = ({ table, columns, where, key, keys }: LookupRequest): Statement => {
  const builder = makeBuilder(table)
  const conditions = [...where.map(builder.condition), builder.keyed(key, keys)]
  return {
    sql: `SELECT ${printed(columns)} FROM (SELECT ${named(columns)} FROM ${quote(table.name.name)} AS t${whereOf(conditions)})`,
    params: builder.params,
  }
}

/** So many characters of keys go into one look-up. */
const maxKeys = 400_000

/** Splits keys into look-ups whose parameter the instance can take. */
export const splitKeys = (request: LookupRequest): ReadonlyArray<LookupRequest> => {
  const parts: Array<Array<ReadonlyArray<string>>> = []
  let size = 0
  for (const key of request.keys) {
    const length = key.reduce((total, value) => total + value.length, 0)
    const part = parts.at(-1)
    if (part === undefined || size + length > maxKeys) {
      parts.push([key])
      size = length
    } else {
      part.push(key)
      size += length
    }
  }
  return parts.map((keys) => ({ ...request, keys }))
}

/** Reads the highest value of a column. */
export const highestStatement = (table: TableSchema, column: Column, where: ReadonlyArray<Filter>): Statement => {
  const builder = makeBuilder(table)
  const name = columnName(column.name)
  const conditions = [`${name} IS NOT NULL`, ...where.map(builder.condition)]
  return {
    sql:
      `SELECT ${printed([column])} FROM (SELECT ${named([column])} FROM ${quote(table.name.name)} AS t` +
      `${whereOf(conditions)} ORDER BY ${name} DESC LIMIT 1)`,
    params: builder.params,
  }
}

/** Sums up a range of keys of integers, as `KeySummary` says. */
export const summarizeStatement = ({ table, where, key, after, until }: SummarizeRequest): Statement => {
  const builder = makeBuilder(table)
  const names = key.map(({ name }) => name)
  const conditions = [...where.map(builder.condition), builder.compared(names, "<=", until)]
  if (after !== undefined) conditions.push(builder.compared(names, ">", after))
  const rests = names.map((name) => `${columnName(name)} % 2147483647`)
  const number = rests.reduce((sofar, rest) => `((${sofar}) * 31 + ${rest}) % 2147483647`)
  return {
    sql:
      `SELECT CAST(count(*) AS TEXT) AS c0, CAST(ifnull(sum(n), 0) AS TEXT) AS c1,` +
      ` CAST(ifnull(sum(n * n % 2147483647), 0) AS TEXT) AS c2` +
      ` FROM (SELECT ${number} AS n FROM ${quote(table.name.name)} AS t${whereOf(conditions)})`,
    params: builder.params,
  }
}

/** What keeps a statement from being sent. */
export const refusal = ({ params }: Statement): ConnectorError | undefined =>
  params.length <= maxParams
    ? undefined
    : new ConnectorError({
        code: "unsupported",
        message: `The conditions need ${params.length} parameters, and a Durable Object takes ${maxParams}`,
        hint: "Name fewer values in the table's where.",
      })
