import { type Column, ConnectorError, type Row } from "@starbase-replication/core/source"
import type { Answer, Question } from "@starbase-replication/sql-source"
import type * as Effect from "effect/Effect"
import { bytesBound, type Param, type Statement } from "./dialect.ts"
import { ambiguity, type Stored, toCanonical } from "./values.ts"

/** One row as it came, by the names of the statement's columns. */
export type Answered = Readonly<Record<string, unknown>>

/** Asks one statement, with the names of its columns. */
export type Query = (statement: Statement) => Effect.Effect<ReadonlyArray<Answered>, ConnectorError>

/** Reads a value as it came; null is NULL. */
export type ReadValue = (given: unknown) => Stored | null

/** Turns rows as they came into canonical ones, or fails for a value that its column's type has no place for. */
const toRows = (
  columns: ReadonlyArray<Column>,
  order: ReadonlyArray<string>,
  answered: ReadonlyArray<Answered>,
  read: ReadValue,
): ReadonlyArray<Row> => {
  const ordering = columns.flatMap((column, place) => (order.includes(column.name) ? [{ column, place }] : []))
  return answered.map((row) => {
    const stored = columns.map((_, place) => read(row[`c${place}`] ?? null))
    const keyOf = () => JSON.stringify(order.map((name) => stored[columns.findIndex((one) => one.name === name)]?.text))
    for (const { column, place } of ordering) {
      const twofold = ambiguity(column, stored[place] ?? null)
      if (twofold !== undefined) throw misfit(column, twofold, keyOf())
    }
    return columns.map((column, place) => {
      const value = toCanonical(column, stored[place] ?? null)
      if (typeof value !== "object" || value === null) return value
      throw misfit(column, value.misfit, keyOf())
    })
  })
}

/** What came for a question. A page is complete where a row that followed would have come too. */
export const toAnswer = (
  { columns, by, maxBytes }: Question<Param>,
  answered: ReadonlyArray<Answered>,
  read: ReadValue,
): Answer => {
  const rows = toRows(columns, by, answered, read)
  if (maxBytes === Infinity) return { rows, bytes: 0, complete: true }
  // Without weights an empty one alone is.
  if (answered[0] !== undefined && !Object.hasOwn(answered[0], "w")) {
    const bytes = rows.reduce((total, row) => row.reduce((sum, value) => sum + (value?.length ?? 0), total), 0)
    return { rows, bytes, complete: false }
  }
  const bytes = answered.reduce((total, { w }) => total + Number(w), 0)
  return { rows, bytes, complete: bytes < bytesBound(maxBytes) }
}

const misfit = ({ name, sourceType }: Column, what: string, key: string): ConnectorError =>
  new ConnectorError({
    code: "unsupported",
    message: `"${name}" is declared ${sourceType} and holds ${what}, which has no exact place in a column of that type`,
    hint: "Mend the value, leave its row out with where or its column with columns, or read a view that casts it.",
    column: name,
    key,
  })
