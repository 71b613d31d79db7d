import type { Column, LookupRequest } from "@starbase-replication/core/source"
import { type Bind, type Dialect, type Operand, operators, quoteWith } from "@starbase-replication/sql-source"
import type * as Sql from "@starbase-replication/sql-source"
import { alsoMeant, type Bound, toBound, weight } from "./values.ts"

export type Param = string | number

/** A statement with its parameters, which are numbered and may be meant more than once. */
export type Statement = Sql.Statement<Param>

export const quote = quoteWith('"')

const expression = (bound: Bound, bind: Bind<Param>): string => {
  switch (bound.kind) {
    // Every number that is bound is a double.
    case "integer":
      return `CAST(${bind(bound.param)} AS INTEGER)`
    case "blob":
      return `unhex(${bind(bound.param)})`
    case "infinity":
      return bound.param
    default:
      return bind(bound.param)
  }
}

/** In JSON, what has neither a point nor an exponent is an integer, which a large double would not be equal to. */
const toJson = ({ kind, param }: Bound): string => {
  if (kind === "integer" || kind === "infinity") return param
  const text = JSON.stringify(param)
  return kind === "real" && /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** A row of canonical texts as each row of values that it may stand for, so that none that is there counts as absent. */
const meanings = (columns: ReadonlyArray<Operand>, row: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<Bound>> =>
  columns.reduce<ReadonlyArray<ReadonlyArray<Bound>>>(
    (sofar, column, place) => {
      const text = row[place] ?? ""
      const bounds = [toBound(column, text), ...alsoMeant(column, text)]
      return sofar.flatMap((some) => bounds.map((bound) => [...some, bound]))
    },
    [[]],
  )

/** Rows of values as a table. In JSON any number of them is one parameter; SQLite reads its numbers exactly. */
const table = (columns: ReadonlyArray<Operand>, rows: ReadonlyArray<ReadonlyArray<string>>, bind: Bind<Param>) => {
  const bounds = rows.flatMap((row) => meanings(columns, row))
  const json = `[${bounds.map((row) => `[${row.map(toJson).join(",")}]`).join(",")}]`
  const read = columns.map(({ type }, place) => (type === "blob" ? `unhex(value->>${place})` : `value->>${place}`))
  return `SELECT ${read.join(", ")} FROM json_each(${bind(json)})`
}

/** A sum as a balanced tree, because SQLite bounds the depth of an expression. */
const sum = (terms: ReadonlyArray<string>): string => {
  if (terms.length <= 1) return terms[0] ?? "0"
  const half = terms.length >> 1
  return `(${sum(terms.slice(0, half))} + ${sum(terms.slice(half))})`
}

/** What differs between two that ask SQLite. */
export interface DialectOptions {
  /** The expression by which a value comes, all of it, with its storage class. */
  readonly selected: (name: string) => string
  /** The same for what is digits alone. */
  readonly digits: (expression: string) => string
  /** A result has no more columns. */
  readonly maxColumns: number
}

/** The SQL of SQLite. */
export const makeDialect = ({ selected, digits, maxColumns }: DialectOptions): Dialect<Param> => {
  /** Their values as they come, `c0` and so on: not the names that they are ordered by. */
  const printed = (columns: ReadonlyArray<Column>): string =>
    columns.map((_, place) => `${selected(`v${place}`)} AS c${place}`).join(", ")

  return {
    // Names are qualified: SQLite takes a quoted name that is no column for a text.
    quote,
    parameter: (place) => `?${place}`,
    always: [],
    // Short names: the long ones of a hundred columns, repeated, would be more than SQLite takes.
    select: ({ sql }, place) => `${sql} AS v${place}`,
    bound: (column, value, bind) => expression(toBound(column, value), bind),
    compare: (column, op, value, bind) => {
      const bounds = [toBound(column, value), ...(op === "eq" || op === "neq" ? alsoMeant(column, value) : [])]
      const [first, ...others] = bounds.map((bound) => expression(bound, bind))
      if (others.length === 0) return `${column.sql} ${operators[op]} ${first}`
      return `${column.sql} ${op === "eq" ? "IN" : "NOT IN"} (${[first, ...others].join(", ")})`
    },
    oneOf: (column, values, bind) =>
      `${column.sql} IN (${table(
        [column],
        values.map((value) => [value]),
        bind,
      )})`,
    keyed: (key, keys, bind) => `(${key.map(({ sql }) => sql).join(", ")}) IN (${table(key, keys, bind)})`,
    rowValues: true,
    weigh: (columns) => sum(columns.map(({ sql }) => weight(sql))),
    keyNumber: ({ sql, type }) => (type === "integer" ? sql : undefined),
    printNumber: (expression, place) => `${digits(expression)} AS c${place}`,
    /**
     * Each row with its weight `w`, where there is a column to spare. The inner select finds how many rows bring the page
     * to `maxBytes`, so that the server never holds more than a page and sends no more.
     */
    page: (request, parts) => {
      const { columns, order, limit, maxBytes } = request
      const name = (one: string) => `t.${quote(one)}`
      const ordering = order.map((one, place) => `${name(one)} AS o${place}`).join(", ")
      const count =
        `SELECT count(*) FROM (SELECT sum(w) OVER (ORDER BY ${order.map((_, place) => `o${place}`).join(", ")}` +
        ` ROWS UNBOUNDED PRECEDING) - w AS before FROM (` +
        `SELECT ${ordering}, ${sum(columns.map((one) => weight(name(one.name))))} AS w${parts.from}${parts.by}` +
        ` LIMIT ${Math.trunc(limit)})) WHERE before < ${bytesBound(maxBytes)}`
      const weighed = columns.length < maxColumns ? `, ${sum(columns.map((_, place) => weight(`v${place}`)))} AS w` : ""
      const byPlace = order.map((one) => `v${columns.findIndex(({ name }) => name === one)}`).join(", ")
      return (
        `SELECT ${printed(columns)}${weighed}` +
        ` FROM (SELECT ${parts.columns}${parts.from}${parts.by} LIMIT (${count})) ORDER BY ${byPlace}`
      )
    },
    around: (columns, statement) => `SELECT ${printed(columns)} FROM (${statement})`,
  }
}

/** At least 1, by which the first row, before which there is nothing, always comes. */
export const bytesBound = (maxBytes: number): number => Math.min(Math.max(Math.ceil(maxBytes), 1), 2 ** 53 - 1)

/** So many characters of keys go into one look-up. */
const maxKeys = 400_000

/** Splits keys into look-ups whose parameter a Durable Object can take. */
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
