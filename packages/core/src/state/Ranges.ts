import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** A range's end, how many rows it has, and the XOR of their hashes; null for the highest end, and for what is not known. */
const Range = Schema.Struct({
  until: Schema.NullOr(Schema.Array(Schema.String)),
  count: Schema.Number,
  digest: Schema.NullOr(Schema.String),
})
export type Range = typeof Range.Type

/**
 * What the replica holds, range by range of the keys: exactly the rows that have this digest at the source, those among
 * them that are marked as deleted left out. A range without a digest may hold anything, so that it is read again.
 *
 * Each range begins where the one before it ends; the last one has no end.
 */
export const Ranges = Schema.Struct({
  version: Schema.Literal(1),
  /** What the hashes are of and what is done with the rows, beside what the replica's plan says; another text is none. */
  of: Schema.String,
  /** All else, sealed, where it tells of values that the replica must not have; then there is no list. */
  sealed: Schema.optionalKey(Schema.String),
  list: Schema.Array(Range),
  /** Ranges that are being read, where that was not at its end when it was noted. */
  walk: Schema.NullOr(
    Schema.Struct({
      /** When the ranges were compared, in milliseconds since 1970. */
      startedAt: Schema.Number,
      /** So many ranges have been compared; the ones among them without a digest are to be read. */
      compared: Schema.Number,
      /** The key of the last row that was read. */
      after: Schema.NullOr(Schema.Array(Schema.String)),
      /** Whether all rows are read, and only those are left that are gone. */
      isRead: Schema.Boolean,
      /** What was read so far, by the places of the ranges. */
      read: Schema.Array(
        Schema.Struct({
          range: Schema.Number,
          count: Schema.Number,
          digest: Schema.NullOr(Schema.String),
          /** The XOR of the keys' hashes, by {@link keyHash}. */
          keys: Schema.String,
        }),
      ),
      /** The places of ranges that have changed since reading began: another walk reads them. */
      left: Schema.Array(Schema.Number),
    }),
  ),
})
export type Ranges = typeof Ranges.Type

const Stored = Schema.fromJsonString(Ranges)

/** Ranges as a sink stores them. */
export const encodeRanges = Schema.encodeSync(Stored)

/** Reads stored ranges; none where the text is of no version known here. */
export const decodeRanges = (text: string): Ranges | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(Stored)(text))

/** The digest of no rows. */
export const emptyDigest = "0".repeat(16)

/** Adds up rows by their hashes. */
export class Digesting {
  count: number
  #high: number
  #low: number
  #isKnown: boolean

  constructor(count = 0, digest: string | null = emptyDigest) {
    this.count = count
    this.#isKnown = digest !== null
    this.#high = Number.parseInt((digest ?? emptyDigest).slice(0, 8), 16)
    this.#low = Number.parseInt((digest ?? emptyDigest).slice(8), 16)
  }

  /** Adds a row by its hash, or some rows by their digest. */
  add(hash: string | null, count = 1): void {
    this.count += count
    if (hash === null) this.#isKnown = false
    else {
      this.#high ^= Number.parseInt(hash.slice(0, 8), 16)
      this.#low ^= Number.parseInt(hash.slice(8), 16)
    }
  }

  get digest(): string | null {
    const digits = (half: number) => (half >>> 0).toString(16).padStart(8, "0")
    return this.#isKnown ? digits(this.#high) + digits(this.#low) : null
  }
}

/** A hash of a key, in the form of a row's: it tells whether a replica has the keys that were read and no others. */
export const keyHash = (key: ReadonlyArray<string>): string => {
  let [high, low] = [0x811c9dc5, 0x9747b28c]
  for (const value of key) {
    for (let at = 0; at <= value.length; at++) {
      const unit = at < value.length ? value.charCodeAt(at) : 0x10000
      high = Math.imul(high ^ unit, 0x01000193)
      low = Math.imul(low ^ unit, 0x5bd1e995)
      low ^= low >>> 13
    }
  }
  return [high, low].map((half) => (mixed(half) >>> 0).toString(16).padStart(8, "0")).join("")
}

/** Spreads what differs in few bits over all of them, or XOR would take many keys for others. */
const mixed = (half: number): number => {
  const once = Math.imul(half ^ (half >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/** What is still known once rows of the ranges at some places were changed by other than a walk. */
export const touched = ({ list, walk, ...rest }: Ranges, places: ReadonlySet<number>): Ranges => {
  const changed = list.map((range, place) => (places.has(place) ? { ...range, digest: null } : range))
  if (walk === null || (walk.after === null && !walk.isRead)) return { ...rest, list: changed, walk }
  const left = [...new Set([...walk.left, ...places])]
  return { ...rest, list: changed, walk: { ...walk, left, read: walk.read.filter(({ range }) => !places.has(range)) } }
}

/** How many rows a range is to have in a table of so many: their number grows slowly with the table. */
export const rowsPerRange = (rows: number, batchSize: number): number =>
  Math.max(Math.min(1000, batchSize), Math.ceil(Math.sqrt(rows)))

/** Ranges that have become small are joined with their neighbours, where they are known. */
export const joined = (list: ReadonlyArray<Range>, target: number): ReadonlyArray<Range> => {
  const kept: Array<Range> = []
  for (const range of list) {
    const last = kept.at(-1)
    const isSmall = last !== undefined && (last.count < target / 4 || range.count < target / 4)
    if (!isSmall || last.digest === null || range.digest === null || last.count + range.count > target) {
      kept.push(range)
      continue
    }
    const both = new Digesting(last.count, last.digest)
    both.add(range.digest, range.count)
    kept[kept.length - 1] = { until: range.until, count: both.count, digest: both.digest }
  }
  return kept
}
