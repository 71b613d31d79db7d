import type {
  ConnectorError,
  Measure,
  MeasureRequest,
  Reading,
  Row,
  SourceShape,
  WholeRequest,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { hashOf } from "./digests.ts"

type Asked = Pick<WholeRequest, "table" | "columns" | "where">

/** Gives rows in no order. */
export type SelectAll = (asked: Asked) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>

/** What the toy has for tables without a key. */
export type Whole = Required<Pick<SourceShape, "readWhole" | "measure">>

/** Reads all rows at once and gives them in pages. */
export const wholeBy = (selectAll: SelectAll): Whole => ({
  readWhole: (request) =>
    Effect.sync((): Reading => {
      const { pageRows, most, hashed } = request
      let rows: ReadonlyArray<Row> | undefined
      let at = 0
      const next = Effect.gen(function* () {
        rows ??= (yield* selectAll(request)).slice(0, most.rows + 1)
        const page = rows.slice(at, at + pageRows)
        at += pageRows
        if (page.length === 0) return undefined
        return hashed ? page.map((row) => [...row, hashOf(row)]) : page
      })
      return { next }
    }),
  measure: (request) => Effect.map(selectAll(toAll(request)), (rows) => measured(request, rows)),
})

const toAll = ({ table, where }: MeasureRequest): Asked => ({ table, columns: table.columns, where })

const measured = (
  { table, columns, lacking, weighed, digested, most = Infinity }: MeasureRequest,
  all: ReadonlyArray<Row>,
) => {
  const placesOf = (names: ReadonlyArray<string>) =>
    names.map((name) => table.columns.findIndex((column) => column.name === name))
  const places = placesOf(columns.map(({ name }) => name))
  const missing = placesOf(lacking ?? [])
  const rows = all
    .filter((row) => lacking === undefined || missing.some((place) => row[place] === null))
    .slice(0, most + 1)
    .map((row) => places.map((place) => row[place] ?? null))
  const bytes = rows.reduce((sum, row) => row.reduce((size, value) => size + (value?.length ?? 0), sum), 0)
  const digest = rows.reduce((sum, row) => sum + BigInt(`0x${hashOf(row)}`), 0n)
  const found: Measure = {
    rows: rows.length,
    ...(weighed ? { bytes } : {}),
    ...(digested ? { digest: String(digest) } : {}),
  }
  return found
}
