import type { ConnectorError, MadePage, ReadRequest, Row } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import type { ToyShape } from "../toy/source.ts"
import { whole } from "./change.ts"

/** All rows that a request would ever bring, from the start. */
export const everything = (source: ToyShape, request: ReadRequest): Effect.Effect<ReadonlyArray<Row>, ConnectorError> =>
  Effect.map(source.read(whole(request)), ({ rows }) => rows)

/** The values by which a request orders a row. */
export const orderOf = ({ columns, order }: ReadRequest, row: Row): ReadonlyArray<string> =>
  order.map((name) => row[columns.findIndex((column) => column.name === name)] ?? "")

const sizeOf = (row: Row): number => row.reduce((size, value) => size + (value?.length ?? 0), 0)

/** A page of rows, from the first. */
export const pageOf = (rows: ReadonlyArray<Row>, { limit, maxBytes }: ReadRequest): MadePage => {
  const some: Array<Row> = []
  let bytes = 0
  for (const row of rows) {
    if (some.length === limit || bytes >= maxBytes) break
    bytes += sizeOf(row)
    some.push(row)
  }
  return { rows: some, bytes, done: some.length === rows.length }
}
