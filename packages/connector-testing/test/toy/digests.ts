import {
  compareKeys,
  type ConnectorError,
  type DigestRequest,
  type Key,
  type KeySpan,
  type MadePage,
  pageOf,
  type ReadRequest,
  type Row,
  type SourceShape,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"

type Read = (request: ReadRequest) => Effect.Effect<MadePage, ConnectorError>

/** A row's hash by the toy. */
export const hashOf = (row: Row): string => createHash("sha256").update(JSON.stringify(row)).digest("hex").slice(0, 16)

const xor = (hashes: ReadonlyArray<string>): string =>
  hashes
    .reduce((sum, hash) => sum ^ BigInt(`0x${hash}`), 0n)
    .toString(16)
    .padStart(16, "0")

const isIn =
  (key: DigestRequest["key"]) =>
  ({ after, until }: KeySpan, row: Key): boolean => {
    const compare = compareKeys(key)
    return (after === undefined || compare(row, after) > 0) && (until === undefined || compare(row, until) <= 0)
  }

const everything = { after: undefined, limit: 1e9, maxBytes: 1e9 }

/** Reads with hashes and within spans, which the toy's server knows nothing of. */
export const readDigested = (read: Read, request: ReadRequest): Effect.Effect<MadePage, ConnectorError> => {
  const { spans, hashed, columns, limit } = request
  const hashing = (page: MadePage): MadePage =>
    hashed === true ? { ...page, rows: page.rows.map((row) => [...row, hashOf(row)]) } : page
  if (spans === undefined) return Effect.map(read(request), hashing)
  const places = spans.key.map(({ name }) => columns.findIndex((column) => column.name === name))
  const within = isIn(spans.key)
  return Effect.map(read({ ...request, ...everything, after: request.after }), ({ rows, bytes }) => {
    const some = rows.filter((row) =>
      spans.within.some((span) =>
        within(
          span,
          places.map((place) => row[place] ?? ""),
        ),
      ),
    )
    return hashing({ rows: some.slice(0, limit), bytes, done: some.length <= limit })
  })
}

/** Digests by reading all. */
export const digestBy =
  (read: Read): NonNullable<SourceShape["digest"]> =>
  ({ table, columns, where, key, span, bounds }) => {
    if (bounds === undefined) return Effect.succeed([])
    const all = [...key, ...columns]
    const order = [...new Set(key.map(({ name }) => name))]
    const compare = compareKeys(key)
    const rows = Effect.flatMap(
      read({ table, columns: all, where, order, ...everything }),
      (page) => pageOf({ columns: all, order }, page).rows,
    )
    return Effect.map(rows, (found) => {
      const hashes = new Map<number, Array<string>>()
      for (const row of found) {
        const rowKey = row.slice(0, key.length).map((value) => value ?? "")
        if (!isIn(key)(span, rowKey)) continue
        const place = bounds.findIndex((bound) => compare(rowKey, bound) <= 0)
        const range = place < 0 ? bounds.length : place
        hashes.set(range, [...(hashes.get(range) ?? []), hashOf(row.slice(key.length))])
      }
      return [...hashes].map(([range, some]) => ({ range, count: some.length, digest: xor(some) }))
    })
  }
