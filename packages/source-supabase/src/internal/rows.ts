import { type Column, ConnectorError, type Row, type TableSchema, type Value } from "@starbase-replication/core/source"
import { arrayInOrder } from "@starbase-replication/postgres-values"
import * as Result from "effect/Result"
import type { Answered } from "./answer.ts"
import { schemaOfType } from "./types.ts"
import { toCanonical } from "./values.ts"

/** Makes the function that turns a row as it came into canonical values. */
export const makeReader = (
  columns: ReadonlyArray<Column>,
  key: ReadonlyArray<string>,
): ((answered: Answered) => Result.Result<Row, ConnectorError>) => {
  const converters = columns.map(({ sourceType }) => toCanonical(sourceType))
  return (answered) => {
    const row: Array<Value> = []
    for (const convert of converters) {
      const value = answered[row.length]
      const canonical = typeof value === "string" ? convert(value) : value === null ? null : undefined
      if (canonical === undefined) return Result.fail(unexpected(columns, key, answered, row.length))
      row.push(canonical)
    }
    return Result.succeed(row)
  }
}

/** The value itself is not told: only where it stands. */
const unexpected = (
  columns: ReadonlyArray<Column>,
  key: ReadonlyArray<string>,
  answered: Answered,
  place: number,
): ConnectorError => {
  const { name = "", sourceType = "" } = columns[place] ?? {}
  const values = key.map((one) => answered[columns.findIndex((column) => column.name === one)])
  return new ConnectorError({
    code: "unsupported",
    message: `The API printed a value of "${name}" in a form that ${sourceType} has no reason to have, and its meaning would be a guess.`,
    hint: "Check the column's type in tables, and that the API's role has Supabase's settings: TimeZone UTC, DateStyle ISO, IntervalStyle postgres, bytea_output hex, lc_monetary en_US or C.",
    column: name,
    ...(values.length === 0 ? {} : { key: JSON.stringify(values) }),
  })
}

/** The values of some columns in each row. */
export const picker = (columns: ReadonlyArray<Column>, names: ReadonlyArray<string>): ((row: Row) => Row) => {
  const places = names.map((name) => columns.findIndex((column) => column.name === name))
  return (row) => places.map((place) => row[place] ?? null)
}

/** What keeps a table from being asked for, or from being ordered so; undefined where nothing does. */
export const refusal = (
  table: TableSchema,
  names: ReadonlyArray<string>,
  order: ReadonlyArray<string>,
): ConnectorError | undefined => {
  const { schema, name } = table.name
  if (name === "." || name === "..") {
    return unsupported(`A table named "${name}" has no URL; read it through a view that has another name`)
  }
  // PostgREST reads even a quoted asterisk as all columns.
  if (names.includes("*")) {
    return unsupported('The API cannot tell a column named "*" from all columns; read it through a view', "*")
  }
  const array = arrayInOrder(table, order)
  if (array !== undefined) return array
  const ordering = table.columns.filter((column) => order.includes(column.name))
  const foreign = ordering.find(
    ({ sourceType }) => ![undefined, schema, ...searched].includes(schemaOfType(sourceType)),
  )
  if (foreign === undefined) return undefined
  return unsupported(
    `The API may not find the operators of ${foreign.sourceType}, the type of "${foreign.name}", and compare it as another type; order by other columns, or put the type in the schema extensions`,
    foreign.name,
  )
}

/**
 * Where PostgREST looks for operators on Supabase, beside the table's schema. What it does not find there PostgreSQL
 * quietly compares as another type: citext as text, which has another order.
 */
const searched = ["pg_catalog", "public", "extensions"]

const unsupported = (message: string, column?: string): ConnectorError =>
  new ConnectorError({ code: "unsupported", message, ...(column === undefined ? {} : { column }) })
