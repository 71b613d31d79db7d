import type { Filter, Row, Since, Value } from "@starbase-replication/core/source"
import type { Given, Kind, Kinds, NewColumn, NewTable } from "../../src/index.ts"

/** A table of the toy's, or a view of one. */
export interface Stored {
  readonly table: NewTable
  readonly viewOf: string | undefined
  /** Where its rows are; another one for each table that is made. */
  readonly part: string
  rows: ReadonlyArray<Row>
}

/** What the toy is asked to select. */
export interface Selection {
  readonly table: string
  readonly columns: ReadonlyArray<string>
  readonly where: ReadonlyArray<Filter>
  readonly since?: Since
  readonly order: ReadonlyArray<string>
  readonly after?: ReadonlyArray<string>
  readonly keys?: ReadonlyArray<ReadonlyArray<string>>
}

/** A failure that the toy answers with. */
export class Refusal extends Error {
  readonly reason: "table" | "column" | "forbidden"
  constructor(reason: Refusal["reason"], what: string) {
    super(what)
    this.reason = reason
  }
}

export const kinds: Kinds = {
  integer: { declared: "integer", becomes: "integer" },
  decimal: { declared: "decimal", becomes: "decimal" },
  real: { declared: "real", becomes: "real" },
  boolean: { declared: "boolean", becomes: "boolean" },
  text: { declared: "text", becomes: "text" },
  longText: { declared: "longText", becomes: "text" },
  uuid: { declared: "uuid", becomes: "text" },
  binary: { declared: "binary", becomes: "blob" },
  date: { declared: "date", becomes: "date" },
  timestamp: { declared: "timestamp", becomes: "timestamp" },
  timestamptz: { declared: "timestamptz", becomes: "timestamptz" },
}

const numberOf = (kind: Kind, value: string): bigint | number =>
  kind === "real" ? Number(value) : BigInt(kind === "decimal" ? value.replace(".", "") : value)

/** Compares as the column's type does. */
export const compare = (type: NewColumn["type"], a: string, b: string): number => {
  const isNumber = type === "integer" || type === "real" || type === "decimal"
  const [x, y] = isNumber ? [numberOf(type, a), numberOf(type, b)] : [a, b]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Tables in memory. */
export class ToyDatabase {
  readonly tables = new Map<string, Stored>()
  readonly forbidden = new Set<string>()
  /** Rows of transactions that have not ended, by the transaction's id. */
  readonly open = new Map<bigint, () => void>()
  nextId = 1n
  /** Which transaction wrote a row. */
  readonly #writers = new WeakMap<Row, bigint>()

  create(table: NewTable, viewOf?: string): void {
    this.tables.set(table.name, { table, viewOf, part: `part ${this.nextId++}`, rows: [] })
  }

  rowsOf(name: string): Stored {
    const found = this.tables.get(name)
    if (found === undefined) throw new Refusal("table", `no table ${name}`)
    if (this.forbidden.has(name)) throw new Refusal("forbidden", `${name} may not be read`)
    return found.viewOf === undefined ? found : { ...found, rows: this.rowsOf(found.viewOf).rows }
  }

  select({ table: name, columns, where, since, order, after, keys }: Selection): ReadonlyArray<Row> {
    const { table, part, rows } = this.rowsOf(name)
    const place = (column: string): number => {
      const found = table.columns.findIndex((one) => one.name === column)
      if (found < 0) throw new Refusal("column", `no column ${column} in ${name}`)
      return found
    }
    const typeAt = (column: string) => table.columns[place(column)]?.type ?? "text"
    const places = columns.map(place)
    const against = (row: Row, names: ReadonlyArray<string>, values: Row): number => {
      for (const [index, column] of names.entries()) {
        const sign = compare(typeAt(column), row[place(column)] ?? "", values[index] ?? "")
        if (sign !== 0) return sign
      }
      return 0
    }
    const meets = (row: Row, filter: Filter): boolean => {
      const value = row[place(filter.column)] ?? null
      if (!("value" in filter || "values" in filter)) return (value === null) === (filter.op === "isNull")
      if (value === null) return false
      const type = typeAt(filter.column)
      if (filter.op === "in") return filter.values.some((one) => compare(type, value, one) === 0)
      const sign = compare(type, value, filter.value)
      const met = { eq: sign === 0, neq: sign !== 0, lt: sign < 0, lte: sign <= 0, gt: sign > 0, gte: sign >= 0 }
      return met[filter.op]
    }
    const keyed = new Set(keys?.map((key) => JSON.stringify(key)))
    where.forEach((filter) => place(filter.column))
    const isNew = (row: Row): boolean =>
      since === undefined || !since.parts.includes(part) || (this.#writers.get(row) ?? 0n) >= BigInt(since.id)
    return rows
      .filter(isNew)
      .filter((row) => where.every((filter) => meets(row, filter)))
      .filter((row) => keys === undefined || keyed.has(JSON.stringify(order.map((column) => row[place(column)]))))
      .filter((row) => after === undefined || against(row, order.slice(0, after.length), after) > 0)
      .toSorted((a, b) =>
        against(
          a,
          order,
          order.map((column) => b[place(column)] ?? null),
        ),
      )
      .map((row) => places.map((one) => row[one] ?? null))
  }

  insert(table: NewTable, rows: ReadonlyArray<ReadonlyArray<Given>>, writer: bigint = this.nextId++): void {
    const stored = this.stored(table.name)
    const values = rows.map((row) => row.map((value): Value => (typeof value === "object" ? null : value)))
    values.forEach((row) => this.#writers.set(row, writer))
    stored.rows = [...stored.rows, ...values]
  }

  update(table: NewTable, first: string, changes: Readonly<Record<string, Value>>): void {
    const stored = this.stored(table.name)
    const writer = this.nextId++
    stored.rows = stored.rows.map((row) => {
      if (row[0] !== first) return row
      const changed = table.columns.map(
        ({ name }, place) => (Object.hasOwn(changes, name) ? changes[name] : row[place]) ?? null,
      )
      this.#writers.set(changed, writer)
      return changed
    })
  }

  stored(name: string): Stored {
    const stored = this.tables.get(name)
    if (stored === undefined) throw new Error(`no table ${name}`)
    return stored
  }
}
