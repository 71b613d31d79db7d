import type { Row } from "@starbase-replication/core/sink"

/** A bound parameter stays below 1 MB: Durable Objects limit values to about 2 MB. */
export const maxParameter = 1_000_000

const utf8 = new TextEncoder()

/** Rows as the JSON of one apply, in one parameter or, where a single row needs it, two. */
export interface Encoded {
  readonly rows: ReadonlyArray<Row>
  readonly json: string
  readonly more: string | null
}

/** A single row that no apply can bring, with its size in bytes. */
export interface TooLarge {
  readonly rows: ReadonlyArray<Row>
  readonly bytes: number
}

/**
 * Cuts rows into applies whose parameters stay below {@link maxParameter}. A row on its own may fill two; one that is
 * larger still is {@link TooLarge}.
 */
export const encodeRows = (rows: ReadonlyArray<Row>): ReadonlyArray<Encoded | TooLarge> => {
  if (rows.length === 0) return []
  const json = JSON.stringify(rows)
  if (json.length * 3 <= maxParameter) return [{ rows, json, more: null }]
  const bytes = utf8.encode(json)
  if (bytes.length <= maxParameter) return [{ rows, json, more: null }]
  if (rows.length > 1) {
    const middle = Math.ceil(rows.length / 2)
    return [...encodeRows(rows.slice(0, middle)), ...encodeRows(rows.slice(middle))]
  }
  if (bytes.length > 2 * maxParameter) return [{ rows, bytes: bytes.length }]
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true })
  const cut = characterStart(bytes, maxParameter)
  return [{ rows, json: decoder.decode(bytes.subarray(0, cut)), more: decoder.decode(bytes.subarray(cut)) }]
}

/** Half of a surrogate pair, which is no text. */
const half = /\p{Surrogate}/u

/** Where in a row the first value stands that is no text; -1 where all are. */
export const placeOfNoText = (row: Row): number => row.findIndex((value) => value !== null && half.test(value))

/** Whether a row among them may hold a value that is no text: in JSON, half of a pair is always escaped. */
export const mayHoldNoText = (encoded: ReadonlyArray<Encoded | TooLarge>): boolean =>
  encoded.some((one) => !("json" in one) || one.json.includes("\\ud") || one.more?.includes("\\ud") === true)

/** The last place at or before `at` where a UTF-8 character begins. */
const characterStart = (bytes: Uint8Array, at: number): number => {
  let place = at
  while (((bytes[place] ?? 0) & 0xc0) === 0x80) place -= 1
  return place
}
