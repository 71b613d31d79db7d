import {
  type Column,
  compareKeys,
  type ConnectorError,
  type DigestRequest,
  type Filter,
  type Key,
  type KeySpan,
  type RangeDigest,
  Source,
  type TableSchema,
} from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { type Finding, same, that } from "./expect.ts"
import { checkRows, picker } from "./walk.ts"

/** A table that is digested, by a key of its own or another one. */
export interface Digested {
  readonly table: TableSchema
  readonly columns: ReadonlyArray<Column>
  readonly key: ReadonlyArray<Column>
  readonly where: ReadonlyArray<Filter>
}

const whole: KeySpan = { after: undefined, until: undefined }
const noRows = "0".repeat(16)

/** The digests of all ranges that some bounds make, those without rows too; undefined where the source cannot. */
export const digestsOf = Effect.fnUntraced(function* (
  { table, columns, key, where }: Digested,
  bounds: ReadonlyArray<Key>,
  span: KeySpan = whole,
): Effect.fn.Return<ReadonlyArray<RangeDigest> | undefined, ConnectorError | Finding, Source> {
  const { digest } = yield* Source
  const request: DigestRequest = { table, columns, key, where, span, bounds }
  const found = digest === undefined ? undefined : yield* digest(request)
  if (found === undefined || digest === undefined) return undefined
  yield* same(yield* digest({ ...request, bounds: undefined }), [], "What digest gives without bounds, where it can.")
  const known = new Map(found.map((one) => [one.range, one]))
  yield* that(known.size === found.length, "A range came twice.")
  return [...bounds, undefined].map((_, range) => known.get(range) ?? { range, count: 0, digest: noRows })
})

const xor = (hashes: ReadonlyArray<string | null>): string =>
  hashes
    .reduce((sum, hash) => sum ^ BigInt(`0x${hash}`), 0n)
    .toString(16)
    .padStart(16, "0")

/** Reads rows with their hashes within spans, in pages of a few rows, in the order of the key. */
const readHashed = Effect.fnUntraced(function* (
  { table, columns, key, where }: Digested,
  within: ReadonlyArray<KeySpan>,
  limit: number,
) {
  const source = yield* Source
  const order = key.map(({ name }) => name)
  const rows: Array<ReadonlyArray<string | null>> = []
  let after: ReadonlyArray<string> | undefined
  while (true) {
    const asked = { table, columns, where, order, after, limit, maxBytes: 1e9, hashed: true, spans: { key, within } }
    const page = yield* source.read(asked)
    const some = yield* page.rows
    yield* checkRows(
      columns,
      some.map((row) => row.slice(0, columns.length)),
    )
    yield* that(
      some.every((row) => row.length === columns.length + 1 && /^[0-9a-f]{16}$/.test(row.at(-1) ?? "")),
      "A row was read with its hash, and the last value of it is not 16 hexadecimal digits.",
    )
    rows.push(...some)
    after = page.last
    if (page.done || after === undefined) return rows
  }
})

/**
 * Holds digests against the rows as they are read: each range has as many as there are keys within it, by the order of
 * `compareKeys`, and the XOR of their hashes; and the spans of some ranges hold their rows and no others.
 */
export const holdDigests = Effect.fnUntraced(function* (
  digested: Digested,
  bounds: ReadonlyArray<Key>,
  what: string,
): Effect.fn.Return<boolean, ConnectorError | Finding, Source> {
  const digests = yield* digestsOf(digested, bounds)
  if (digests === undefined) return false
  const { columns, key } = digested
  const compare = compareKeys(key)
  const keyOf = picker(
    columns,
    key.map(({ name }) => name),
  )
  const rows = yield* readHashed(digested, [whole], 1000)
  const rangeOf = (row: (typeof rows)[number]) => {
    const place = bounds.findIndex((bound) => compare(keyOf(row), bound) <= 0)
    return place < 0 ? bounds.length : place
  }
  const inRange = (range: number) => rows.filter((row) => rangeOf(row) === range)
  const expected = digests.map((_, range) => {
    const some = inRange(range)
    return { range, count: some.length, digest: xor(some.map((row) => row.at(-1) ?? null)) }
  })
  yield* same(digests, expected, `The digests of ${what}, with the bounds ${JSON.stringify(bounds)}.`)

  const ends = [undefined, ...bounds, undefined]
  const spanOf = (range: number): KeySpan => ({ after: ends[range], until: ends[range + 1] })
  const every = (step: number, from: number) => digests.flatMap((_, range) => (range % step === from ? [range] : []))
  for (const ranges of [...digests.map((_, range) => [range]), every(2, 0), every(2, 1)]) {
    const read = yield* readHashed(digested, ranges.map(spanOf), 2)
    const wanted = rows.filter((row) => ranges.includes(rangeOf(row)))
    yield* same(read, wanted, `The rows of ${what} in the ranges ${ranges.join(", ")}, in pages of two.`)
  }
  const [first, second] = bounds
  if (first !== undefined && second !== undefined) {
    const part = yield* digestsOf(digested, [second], { after: first, until: undefined })
    const [low, ...high] = expected.slice(1)
    const above = { range: 1, count: high.reduce((sum, { count }) => sum + count, 0) }
    const digest = xor(high.map((one) => one.digest))
    yield* same(
      part,
      [
        { ...low, range: 0 },
        { ...above, digest },
      ],
      `The digests of ${what} above the first bound.`,
    )
  }
  return true
})
