import { type Plan, replicaType, type Row } from "@starbase-replication/core/sink"
import { cutPieces, maxPieces } from "./pieces.ts"

/** A bound parameter stays below 1 MB: Durable Objects limit values to about 2 MB. */
export const maxParameter = 1_000_000

/** The platform holds no larger value, and no larger row, in bytes. */
const maxRow = 2_000_000

const utf8 = new TextEncoder()

/** Rows as the JSON of one apply, or one row that is too large for it in pieces. */
export type Encoded =
  | { readonly rows: ReadonlyArray<Row>; readonly json: string }
  | { readonly rows: readonly [Row]; readonly pieces: ReadonlyArray<string> }

/** A single row that no table can hold, with its size in bytes. */
export interface TooLarge {
  readonly rows: readonly [Row]
  readonly bytes: number
}

/** Makes the function that cuts rows into applies whose parameters stay below {@link maxParameter}. */
export const makeEncoder = ({ columns }: Plan) => {
  const areBlobs = columns.map((column) => replicaType(column) === "blob")
  const sizeOf = (row: Row) =>
    row.reduce(
      (sum, value, at) => sum + (areBlobs[at] === true ? (value?.length ?? 0) / 2 : byteLength(value ?? "")),
      0,
    )

  const encodeRow = (row: Row): Encoded | TooLarge => {
    const bytes = sizeOf(row)
    if (bytes > maxRow) return { rows: [row], bytes }
    const pieces = cutPieces(row, maxParameter)
    return pieces.length > maxPieces ? { rows: [row], bytes } : { rows: [row], pieces }
  }

  const encodeRows = (rows: ReadonlyArray<Row>): ReadonlyArray<Encoded | TooLarge> => {
    const [first] = rows
    if (first === undefined) return []
    const json = JSON.stringify(rows)
    if (json.length * 3 <= maxParameter || byteLength(json) <= maxParameter) return [{ rows, json }]
    if (rows.length === 1) return [encodeRow(first)]
    const middle = Math.ceil(rows.length / 2)
    return [...encodeRows(rows.slice(0, middle)), ...encodeRows(rows.slice(middle))]
  }
  return encodeRows
}

/** Half of a surrogate pair, which is no text. */
const half = /\p{Surrogate}/u

/** Where in a row the first value stands that is no text; -1 where all are. */
export const placeOfNoText = (row: Row): number => row.findIndex((value) => value !== null && half.test(value))

/** Whether a row among them may hold a value that is no text: in JSON, half of a pair is always escaped. */
export const mayHoldNoText = (encoded: ReadonlyArray<Encoded | TooLarge>): boolean =>
  encoded.some((one) => !("json" in one) || one.json.includes("\\ud"))

/** How many bytes a text has in UTF-8. */
export const byteLength = (text: string): number => utf8.encode(text).length
