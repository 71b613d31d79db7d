import {
  type Column,
  ConnectorError,
  type MadePage,
  type ReadRequest,
  type Row,
} from "@starbase-replication/core/source"
import type { Answered } from "./http.ts"
import { bytesBound } from "./sql.ts"
import { isAmbiguous, toCanonical } from "./values.ts"

/** Turns rows as they came into canonical ones, or fails for a value that its column's type has no place for. */
export const toRows = (
  columns: ReadonlyArray<Column>,
  order: ReadonlyArray<string>,
  answered: ReadonlyArray<Answered>,
): ReadonlyArray<Row> => {
  const ordering = columns.flatMap((column, place) => (order.includes(column.name) ? [{ column, place }] : []))
  return answered.map((row) => {
    for (const { column, place } of ordering) {
      if (isAmbiguous(column, row[`c${place}`]))
        throw misfit(column, "a text that reads like a number", keyOf(columns, order, row))
    }
    return columns.map((column, place) => {
      const value = toCanonical(column, row[`c${place}`] ?? null)
      if (typeof value !== "object" || value === null) return value
      throw misfit(column, value.misfit, keyOf(columns, order, row))
    })
  })
}

/** The page of a read: done where a row that followed would have come too. Without weights an empty one alone is. */
export const toPage = (
  { limit, maxBytes }: ReadRequest,
  rows: ReadonlyArray<Row>,
  answered: ReadonlyArray<Answered>,
): MadePage => {
  if (answered[0] !== undefined && !Object.hasOwn(answered[0], "w")) {
    const bytes = rows.reduce((total, row) => row.reduce((sum, value) => sum + (value?.length ?? 0), total), 0)
    return { rows, bytes, done: false }
  }
  const bytes = answered.reduce((total, { w }) => total + Number(w), 0)
  return { rows, bytes, done: rows.length < limit && bytes < bytesBound(maxBytes) }
}

const keyOf = (columns: ReadonlyArray<Column>, order: ReadonlyArray<string>, row: Answered): string =>
  JSON.stringify(
    order.map((name) => {
      const given = row[`c${columns.findIndex((column) => column.name === name)}`]
      return typeof given === "string" ? given.slice(1) : (given ?? null)
    }),
  )

const misfit = ({ name, sourceType }: Column, what: string, key: string): ConnectorError =>
  new ConnectorError({
    code: "unsupported",
    message: `"${name}" is declared ${sourceType} and holds ${what}, which has no exact place in a column of that type`,
    hint: "Mend the value, leave its row out with where or its column with columns, or read a view that casts it.",
    column: name,
    key,
  })
