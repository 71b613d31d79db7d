import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Replica } from "../sink/Replica.ts"
import type { RangeDigest } from "../source/Digest.ts"
import { emptyDigest, type Range, type Ranges } from "../state/Ranges.ts"
import type { Key } from "../table/Key.ts"
import { compareKeys, type KeySpan } from "../table/KeyOrder.ts"
import type { ColumnType } from "../table/Table.ts"
import { keyColumns } from "./Absence.ts"

type List = Ranges["list"]

/** What hashes are of, and what decides whether their rows are in the replica, beside what its plan says. */
export const hashedOf = ({ columns, deletes }: Plan): string =>
  JSON.stringify([columns.map(({ name }) => name), deletes.kind, deletes.kind === "soft" ? deletes.column : null])

/** Where ranges end that follow each other. */
type Ends = ReadonlyArray<Pick<Range, "until">>

/** The keys of the range at a place. */
export const spanOf = (list: Ends, place: number): KeySpan => ({
  after: list[place - 1]?.until ?? undefined,
  until: list[place]?.until ?? undefined,
})

/** The places of the ranges that a walk reads. */
export const placesToRead = (list: List, left: ReadonlyArray<number>): ReadonlyArray<number> => {
  const isLeft = new Set(left)
  return list.flatMap(({ digest }, place) => (digest === null && !isLeft.has(place) ? [place] : []))
}

/** The spans of the ranges at some places, which ascend, neighbours joined. */
export const spansAt = (list: Ends, places: ReadonlyArray<number>): ReadonlyArray<KeySpan> => {
  const spans: Array<KeySpan> = []
  for (const [at, place] of places.entries()) {
    const { after, until } = spanOf(list, place)
    const joinedTo = at > 0 && places[at - 1] === place - 1 ? spans.pop() : undefined
    spans.push({ after: joinedTo === undefined ? after : joinedTo.after, until })
  }
  return spans
}

/** The list with what the source says of the ranges from a place on: one that differs is no longer known. */
export const compared = (list: List, from: number, to: number, digests: ReadonlyArray<RangeDigest>): List => {
  const found = new Map(digests.map((one) => [from + one.range, one]))
  return list.map((range, place) => {
    if (place < from || place >= to) return range
    const { count, digest } = found.get(place) ?? { count: 0, digest: emptyDigest }
    const isSame = range.digest !== null && range.digest === digest && range.count === count
    return isSame ? range : { ...range, count, digest: null }
  })
}

/** The place of the range of a key. Rows mostly come in the order of ranges. */
export const placeIn = (plan: Plan, list: Ends): ((key: Key) => number) => {
  const compare = compareKeys(keyColumns(plan))
  const isWithin = (key: Key, { until }: Ends[number]) => until === null || compare(key, until) <= 0
  let last = 0
  return (key) => {
    const { after } = spanOf(list, last)
    const here = list[last]
    if (here !== undefined && isWithin(key, here) && (after === undefined || compare(key, after) > 0)) return last
    let [low, high] = [0, list.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      const range = list[middle]
      if (range !== undefined && isWithin(key, range)) high = middle
      else low = middle + 1
    }
    last = low
    return low
  }
}

/** A bound is sent with each question, so that it had better be short. */
const maxBound = 200

/** Integers beyond these have no order in a replica. */
const maxInteger = "9223372036854775807"

/** The keys of the replica that cut a span into ranges of about so many rows; none where it is not larger. */
export const cut = Effect.fnUntraced(function* (
  plan: Plan,
  replica: Replica,
  { after, until }: KeySpan,
  rows: number,
): Effect.fn.Return<ReadonlyArray<Key>, ConnectorError> {
  const columns = keyColumns(plan)
  const compare = compareKeys(columns)
  const bounds: Array<Key> = []
  let from = after
  while (true) {
    const keys = yield* replica.keys(from, rows + 1)
    const [bound, next] = keys.slice(rows - 1)
    if (bound === undefined || next === undefined || (until !== undefined && compare(next, until) > 0)) return bounds
    const isOrdered = columns.every(
      ({ type }, at) =>
        type !== "unsigned" ||
        [bound, next].every((key) => compareKeys([{ type }])([key[at] ?? ""], [maxInteger]) <= 0),
    )
    if (!isOrdered) return bounds
    const short = columns.length === 1 ? between(columns[0]?.type, bound, next) : bound
    if (JSON.stringify(short).length <= maxBound) bounds.push(short)
    from = bound
  }
})

/** The shortest beginning of a text or of bytes that is still above another one; of other values the other one itself. */
const between = (type: ColumnType | undefined, low: Key, [high = ""]: Key): Key => {
  if (type !== "text" && type !== "blob") return low
  const compare = compareKeys([{ type }])
  const units = type === "text" ? [...high] : (high.match(/../g) ?? [])
  const length = units.findIndex((_, at) => compare([units.slice(0, at + 1).join("")], low) > 0) + 1
  return [units.slice(0, length).join("")]
}

/** Larger ranges than twice the target are cut, and to be read once more: what is in their parts is not known. */
export const divided = Effect.fnUntraced(function* (plan: Plan, replica: Replica, list: List, target: number) {
  const parts = yield* Effect.forEach(
    list.entries(),
    Effect.fnUntraced(function* ([place, range]) {
      if (range.digest === null || range.count <= 2 * target) return [range]
      const bounds = yield* cut(plan, replica, spanOf(list, place), target)
      if (bounds.length === 0) return [range]
      return [...bounds, range.until].map((until): Range => ({ until, count: target, digest: null }))
    }),
  )
  return parts.flat()
})
