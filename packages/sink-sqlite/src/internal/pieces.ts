import { fromText } from "./rowJson.ts"
import { type Plan, replicaType, type Row } from "@starbase-replication/core/sink"

/**
 * A row whose JSON is no parameter crosses in pieces: JSON arrays of a value's place and a part of its text, which are put
 * together inside SQLite. JSON makes six bytes of a control character, and hexadecimal digits two of a byte, so that a
 * row that the table holds may need many.
 */
export const maxPieces = 16

/** How many characters a part has at most: even, so that no byte is cut, and short, so that pieces are filled well. */
const partLength = 30_000

const utf8 = new TextEncoder()

/** Cuts a row into pieces of at most so many bytes each. */
export const cutPieces = (row: Row, maxBytes: number): ReadonlyArray<string> => {
  const pieces: Array<string> = []
  let parts: Array<string> = []
  let bytes = 2
  const end = () => {
    if (parts.length > 0) pieces.push(`[${parts.join(",")}]`)
    parts = []
    bytes = 2
  }
  row.forEach((value, place) => {
    if (value === null) return
    for (let from = 0, until = 0; from === 0 || from < value.length; from = until) {
      until = characterEnd(value, from + partLength)
      const part = JSON.stringify([place, value.slice(from, until)])
      const length = utf8.encode(part).length + 1
      if (bytes + length > maxBytes) end()
      parts.push(part)
      bytes += length
      if (until >= value.length) break
    }
  })
  end()
  return pieces
}

/** The place, or the one after it, at which no surrogate pair is cut. */
const characterEnd = (text: string, at: number): number => {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd800 && code < 0xdc00 ? at + 1 : at
}

const places = Array.from({ length: maxPieces }, (_, place) => place)

/** The names of the pieces, as columns. */
export const pieceNames: ReadonlyArray<string> = places.map((place) => `p${place}`)

/** The parts in their order, given what stands for each piece. */
const parts = (pieces: ReadonlyArray<string>): string =>
  `(SELECT part.value->>'$[0]' AS place, part.value->>'$[1]' AS text
    FROM json_each('[${places.join(",")}]') AS piece, json_each(CASE piece.value ${pieces.map((sql, place) => `WHEN ${place} THEN ${sql}`).join(" ")} END) AS part LIMIT -1)`

/** The text of the value at a place, put together. */
const whole = (place: number, text = "text"): string => `group_concat(CASE WHEN place = ${place} THEN ${text} END, '')`

/** The values of the row that pieces make, as c0, c1 and so on; no row where there are none. */
export const rowOfPieces = ({ columns }: Plan, pieces: ReadonlyArray<string>): string => {
  // Digits of 2 MB would be a text of 4 MB, which SQLite does not make.
  const wholes = columns.map((column, place) =>
    replicaType(column) === "blob" ? `CAST(${whole(place, "unhex(text)")} AS BLOB)` : whole(place),
  )
  const values = columns.map((column, place) =>
    replicaType(column) === "blob" ? `c${place}` : fromText(column, `c${place}`),
  )
  return `SELECT ${values.map((value, place) => `${value} AS c${place}`).join(", ")}
    FROM (SELECT ${wholes.map((value, place) => `${value} AS c${place}`).join(", ")} FROM ${parts(pieces)} HAVING count(*) > 0)`
}

/** The key, as it is noted where a row is set aside, of the row that pieces make. */
export const keyOfPieces = (keyAt: ReadonlyArray<number>, pieces: ReadonlyArray<string>): string =>
  `SELECT json_array(${keyAt.map((place) => whole(place)).join(", ")}) FROM ${parts(pieces)} HAVING count(*) > 0`
