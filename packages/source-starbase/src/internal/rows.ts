import { type Column, ConnectorError, type Row } from "@starbase-replication/core/source"
import type { Answer, Question } from "@starbase-replication/sql-source"
import type { Answered } from "./http.ts"
import { bytesBound, type Param } from "./sql.ts"
import { isAmbiguous, toCanonical } from "./values.ts"

/** Turns rows as they came into canonical ones, or fails for a value that its column's type has no place for. */
const toRows = (
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

/** What came for a question. A page is complete where a row that followed would have come too. */
export const toAnswer = ({ columns, by, maxBytes }: Question<Param>, answered: ReadonlyArray<Answered>): Answer => {
  const rows = toRows(columns, by, answered)
  if (maxBytes === Infinity) return { rows, bytes: 0, complete: true }
  // Without weights an empty one alone is.
  if (answered[0] !== undefined && !Object.hasOwn(answered[0], "w")) {
    const bytes = rows.reduce((total, row) => row.reduce((sum, value) => sum + (value?.length ?? 0), total), 0)
    return { rows, bytes, complete: false }
  }
  const bytes = answered.reduce((total, { w }) => total + Number(w), 0)
  return { rows, bytes, complete: bytes < bytesBound(maxBytes) }
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
