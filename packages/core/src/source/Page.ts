import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Row, Value } from "../table/Table.ts"
import type { ReadRequest } from "./Request.ts"

/**
 * A bounded run of rows in the order that was asked for. It tells where the next page begins, so that that one may be
 * asked for before the rows are made: an answer comes at once, and making rows of it may take a while.
 */
export interface Page {
  /** How many rows it has. */
  readonly length: number
  /** The values of the request's `order` in the last row, as they are among `rows`; undefined where there is none. */
  readonly last: ReadonlyArray<NonNullable<Value>> | undefined
  /**
   * True only where the source is sure that nothing followed the last row when it was read. A short page is no proof:
   * a source behind a page cap says true on an empty page alone.
   */
  readonly done: boolean
  /** About how many bytes the values have, for the budget and the size of the next page. */
  readonly bytes: number
  /** Makes the rows. To be run once at most, and it asks nothing of the source. */
  readonly rows: Effect.Effect<ReadonlyArray<Row>, ConnectorError>
}

/** A page whose rows are there already. */
export interface MadePage extends Pick<Page, "done" | "bytes"> {
  readonly rows: ReadonlyArray<Row>
}

/** The page of a request whose rows are there already. */
export const pageOf = (
  { columns, order }: Pick<ReadRequest, "columns" | "order">,
  { rows, done, bytes }: MadePage,
): Page => {
  const places = order.map((name) => columns.findIndex((column) => column.name === name))
  const row = rows.at(-1)
  const last = row && places.map((place) => row[place] ?? "")
  return { rows: Effect.succeed(rows), length: rows.length, last, done, bytes }
}
