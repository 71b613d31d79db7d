import type {
  Column,
  CountRequest,
  DigestRequest,
  Filter,
  LookupRequest,
  MeasureRequest,
  ReadRequest,
  SummarizeRequest,
  TableSchema,
  WholeRequest,
} from "@starbase-replication/core/source"
import {
  type Bind,
  type Dialect,
  type Operand,
  type Operator,
  operators,
  type Rank,
  type Statement,
} from "./Dialect.ts"
import { inSpans, rangeNumber } from "./Ranges.ts"

/** The statements of a dialect: pure functions of what is asked. */
export interface Statements<Param = string> {
  /** Reads one page by keyset. */
  readonly read: (request: ReadRequest) => Statement<Param>
  /** Reads rows by their keys, and those that the database takes for equal to them. */
  readonly lookup: (request: LookupRequest) => Statement<Param>
  /** Reads the highest value of a column. */
  readonly highest: (table: TableSchema, column: Column, where: ReadonlyArray<Filter>) => Statement<Param>
  /** Counts the rows that were written before by ranges of a column; undefined where the dialect cannot. */
  readonly countBefore: (request: CountRequest) => Statement<Param> | undefined
  /** Sums up a range of keys: count, sum and squares. Undefined where the dialect has no number for such a key. */
  readonly summarize: (request: SummarizeRequest) => Statement<Param> | undefined
  /** Reads a table whole, in no order. */
  readonly whole: (request: WholeRequest) => Statement<Param>
  /** Measures a table: rows, bytes, rows written since, and the sum of hashes; 0 for what is not asked for. */
  readonly measure: (request: MeasureRequest) => Statement<Param>
  /** Digests ranges of keys: place, count and digest of each with rows. Undefined where the dialect cannot. */
  readonly digest: (request: DigestRequest) => Statement<Param> | undefined
}

type Names = ReadonlyArray<string>
type Keys = ReadonlyArray<Names>

/** The prime of `KeySummary`. */
const prime = 2_147_483_647

/** Makes the statements of a dialect. */
export const makeStatements = <Param = string>(dialect: Dialect<Param>): Statements<Param> => {
  const { quote, rowValues, parameter = () => "?", around = (_, statement) => statement } = dialect
  const { apart = (from) => from } = dialect
  const { compared = ({ sql }) => sql, operator = (_, op) => operators[op] } = dialect

  const tableName = ({ name }: TableSchema): string =>
    name.schema === undefined ? quote(name.name) : `${quote(name.schema)}.${quote(name.name)}`

  /** Qualified, because ORDER BY takes a bare name for the column of the result. */
  const columnName = (name: string): string => `t.${quote(name)}`
  const operand = (column: Column): Operand => ({ ...column, sql: columnName(column.name) })

  const selected = (columns: ReadonlyArray<Column>): string =>
    columns.map((column, place) => dialect.select(operand(column), place)).join(", ")
  const orderBy = (names: Names): string => ` ORDER BY ${names.map(columnName).join(", ")}`

  const begin = (table: TableSchema, where: ReadonlyArray<Filter>, first: Names = []) => {
    const values: Array<Param> = []
    const bind: Bind<Param> = (value) => parameter(values.push(value))
    const columns = new Map(table.columns.map((column) => [column.name, column]))
    const find = (name: string): Operand =>
      operand(columns.get(name) ?? { name, type: "text", sourceType: "text", nullable: true })

    const compare = (name: string, op: Operator, value: string): string => {
      const column = find(name)
      return dialect.compare === undefined
        ? `${compared(column)} ${operator([column], op)} ${dialect.bound(column, value, bind)}`
        : dialect.compare(column, op, value, bind)
    }
    const oneOf = (name: string, list: Names): string => {
      const column = find(name)
      if (dialect.oneOf !== undefined) return dialect.oneOf(column, list, bind)
      if (list.length === 0) return "FALSE"
      return `${compared(column)} IN (${list.map((value) => dialect.bound(column, value, bind)).join(", ")})`
    }
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
    /** The rows on one side of a row: those that follow it, or those before it and the row. */
    const chain = (order: Names, row: Names, side: "gt" | "lte"): string => {
      const [name = "", ...names] = order
      const [value = "", ...more] = row
      if (more.length === 0) return compare(name, side, value)
      const [from, beyond] = side === "gt" ? (["gte", "gt"] as const) : (["lte", "lt"] as const)
      const [outer, inner, tie] = ([from, beyond, "eq"] as const).map((op) => compare(name, op, value))
      return `${outer} AND (${inner} OR (${tie} AND ${chain(names, more, side)}))`
    }
    const beside = (order: Names, side: "gt" | "lte", row: Names): string => {
      if (!rowValues || row.length === 1) return chain(order, row, side)
      const columns = order.slice(0, row.length).map(find)
      const bounds = columns.map((column, place) => dialect.bound(column, row[place] ?? "", bind))
      return `(${columns.map(compared).join(", ")}) ${operator(columns, side)} (${bounds.join(", ")})`
    }
    const keyed = (key: Names, keys: Keys): string => {
      const [name = ""] = key
      if (key.length === 1) {
        return oneOf(
          name,
          keys.map(([value = ""]) => value),
        )
      }
      if (dialect.keyed !== undefined) return dialect.keyed(key.map(find), keys, bind)
      const one = (row: Names) => key.map((column, place) => compare(column, "eq", row[place] ?? "")).join(" AND ")
      return `(${keys.map((row) => `(${one(row)})`).join(" OR ")})`
    }

    const conditions = [...dialect.always, ...first, ...where.map(condition)]
    const from = (): string =>
      ` FROM ${tableName(table)} AS t${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`
    return { values, conditions, bind, beside, keyed, from }
  }

  /** The columns of a key as digests order them; undefined where they cannot. */
  const ranksOf = (key: ReadonlyArray<Column>): ReadonlyArray<Rank> | undefined => {
    const ranks = key.flatMap((column) => dialect.digests?.rank(operand(column)) ?? [])
    return ranks.length < key.length ? undefined : ranks
  }

  const page =
    dialect.page ??
    (({ limit }: ReadRequest, { columns, from, by }) => `SELECT ${columns}${from}${by} LIMIT ${Math.trunc(limit)}`)

  return {
    read: (request) => {
      const { table, columns, where, since, spans, hashed, order, after } = request
      const { values, conditions, bind, beside, from } = begin(table, where)
      if (after !== undefined && after.length > 0) conditions.push(beside(order, "gt", after))
      if (since !== undefined && dialect.since !== undefined) conditions.push(dialect.since(since, table, bind))
      const ranks = spans && ranksOf(spans.key)
      if (spans !== undefined && ranks !== undefined) conditions.push(...inSpans(ranks, spans.within))
      const isBound = ({ column, op }: Filter) => order.includes(column) && op !== "isNotNull"
      const isWhole = after === undefined && !where.some(isBound)
      const found = since !== undefined && isWhole ? apart(from()) : from()
      const hash =
        hashed === true && dialect.digests !== undefined ? `, ${dialect.digests.hash(columns.map(operand))}` : ""
      return { text: page(request, { columns: selected(columns) + hash, from: found, by: orderBy(order) }), values }
    },

    lookup: ({ table, columns, where, key, keys }) => {
      const { values, conditions, keyed, from } = begin(table, where)
      conditions.push(keyed(key, keys))
      return { text: around(columns, `SELECT ${selected(columns)}${from()}`), values }
    },

    whole: ({ table, columns, where, hashed, most }) => {
      const { values, from } = begin(table, where)
      const hash = hashed && dialect.digests !== undefined ? `, ${dialect.digests.hash(columns.map(operand))}` : ""
      const text = `SELECT ${selected(columns)}${hash}${from()} LIMIT ${Math.trunc(most.rows) + 1}`
      return { text: around(columns, text), values }
    },

    measure: ({ table, columns, where, lacking = [], weighed, digested, since, most }) => {
      const { values, conditions, bind, from } = begin(table, where)
      const operands = columns.map(operand)
      const written = since && dialect.since?.(since, table, bind)
      const parts = [
        "1 AS n",
        ...(weighed && dialect.weigh !== undefined ? [`${dialect.weigh(operands)} AS w`] : []),
        ...(written === undefined ? [] : [`CASE WHEN ${written} THEN 1 ELSE 0 END AS s`]),
        ...(digested && dialect.digests !== undefined ? [`${dialect.digests.summand(operands)} AS h`] : []),
      ]
      if (lacking.length > 0) conditions.push(`(${lacking.map((name) => `${columnName(name)} IS NULL`).join(" OR ")})`)
      const rows = `SELECT ${parts.join(", ")}${from()}${most === undefined ? "" : ` LIMIT ${Math.trunc(most) + 1}`}`
      const sums = [
        "count(*)",
        weighed && dialect.weigh !== undefined ? "coalesce(sum(w), 0)" : "0",
        written === undefined ? "0" : "coalesce(sum(s), 0)",
      ].map(dialect.printNumber)
      const total = digested && dialect.digests !== undefined ? dialect.digests.total("h") : dialect.printNumber("0", 3)
      return { text: `SELECT ${[...sums, total].join(", ")} FROM (${rows}) AS m`, values }
    },

    highest: (table, column, where) => {
      const { values, from } = begin(table, where, [`${columnName(column.name)} IS NOT NULL`])
      const text = `SELECT ${selected([column])}${from()}${orderBy([column.name])} DESC LIMIT 1`
      return { text: around([column], text), values }
    },

    digest: ({ table, columns, where, key, span, bounds = [] }) => {
      const ranks = ranksOf(key)
      if (ranks === undefined || dialect.digests === undefined) return undefined
      const { values, conditions, from } = begin(table, where)
      conditions.push(...inSpans(ranks, [span]))
      const { combine, summand } = dialect.digests
      // A name for each is shorter than an expression at each comparison.
      const named = ranks.map((rank, place) => ({ ...rank, sql: `k${place}` }))
      const columnsOf = ranks.map(({ sql }, place) => `${sql} AS k${place}`).join(", ")
      const rows = `SELECT ${columnsOf}, ${summand(columns.map(operand))} AS h${from()}`
      const text = `SELECT ${rangeNumber(named, bounds)}, count(*), ${combine("h")} FROM (${rows}) AS d GROUP BY 1`
      return { text, values }
    },

    countBefore: ({ table, where, column, bounds = [], before }) => {
      const { values, conditions, bind, from } = begin(table, where)
      const place = dialect.place?.(operand(column), bounds, bind)
      if (place === undefined || dialect.since === undefined) return undefined
      conditions.push(`NOT (${dialect.since(before, table, bind)})`)
      const counts = [dialect.printNumber("n", 0), dialect.printNumber("count(*)", 1)]
      return { text: `SELECT ${counts.join(", ")} FROM (SELECT ${place} AS n${from()}) AS places GROUP BY n`, values }
    },

    summarize: ({ table, where, key, after, until }) => {
      const numbers = key.flatMap((column) => dialect.keyNumber(operand(column)) ?? [])
      if (numbers.length < key.length) return undefined
      const { values, conditions, beside, from } = begin(table, where)
      const names = key.map(({ name }) => name)
      conditions.push(beside(names, "lte", until))
      if (after !== undefined) conditions.push(beside(names, "gt", after))
      const number = numbers
        .map((one) => `${one} % ${prime}`)
        .reduce((sofar, rest) => `((${sofar}) * 31 + ${rest}) % ${prime}`)
      const sums = ["count(*)", "coalesce(sum(n), 0)", `coalesce(sum(n * n % ${prime}), 0)`]
      const text = `SELECT ${sums.map(dialect.printNumber).join(", ")} FROM (SELECT ${number} AS n${from()}) AS numbers`
      return { text, values }
    },
  }
}
