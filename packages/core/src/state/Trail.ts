import * as Schema from "effect/Schema"
import { lowestId, type Transactions } from "../source/Transactions.ts"

/**
 * How a tail finds rows that became visible behind it. A transaction takes its timestamp or its sequence value early and
 * commits late, so the highest cursor value seen is no safe place to go on from. Where the source can tell which
 * transactions are in flight, each sweep leaves a mark: "a transaction whose id is `next` or higher began when `from`
 * had been seen already, and so writes at or above it". A sweep then begins at the mark that is old enough for the
 * transactions that have ended since the last one, and is exact however long they were open.
 */
export const Trail = Schema.Struct({
  /** The highest cursor value seen; null where no row had one. */
  high: Schema.NullOr(Schema.String),
  /** In the order in which they were left; never empty. */
  marks: Schema.Array(Schema.Struct({ from: Schema.NullOr(Schema.String), next: Schema.String })),
  /** The transactions that were in flight when the last noted sweep began, and may still have rows to show. */
  open: Schema.Array(Schema.String),
  /** From this id on any transaction may have been, where the source could not tell. */
  unsureFrom: Schema.optionalKey(Schema.String),
})
export type Trail = typeof Trail.Type

/** More marks than this are thinned: the fewer there are, the earlier a sweep begins, which is never wrong. */
const maxMarks = 64

/** No source gives a transaction a lower id. */
const none: Transactions = { next: "0", open: [] }

/**
 * The trail of a table whose scan begins. `high` was the highest cursor value before `transactions` was asked, and
 * `transactions.open` are the ones that had not ended when the scan began.
 */
export const beginTrail = (high: string | null, transactions: Transactions | undefined): Trail => {
  const { next } = transactions ?? none
  return { high, marks: [{ from: high, next }], ...inFlight(transactions ?? none) }
}

const inFlight = ({ open, unsureFrom }: Transactions): Pick<Trail, "open" | "unsureFrom"> =>
  unsureFrom === undefined ? { open } : { open, unsureFrom }

/** The lowest id among the transactions of the trail that have ended, or may have ended, since it was noted. */
const leastEnded = (trail: Trail, { open, unsureFrom }: Transactions): bigint | undefined => {
  const still = new Set(open)
  const isUnsure = (id: string) => unsureFrom !== undefined && BigInt(id) >= BigInt(unsureFrom)
  const ended = trail.open.filter((id) => !still.has(id) || isUnsure(id))
  return lowestId([...ended, ...(trail.unsureFrom === undefined ? [] : [trail.unsureFrom])])
}

/**
 * The cursor value at which the next sweep must begin, itself included; null for the very beginning, which is where the
 * rows of a transaction may be that was in flight before the first mark.
 */
export const sweepFrom = (trail: Trail, transactions: Transactions | undefined): string | null => {
  const least = leastEnded(trail, transactions ?? none)
  const marks = least === undefined ? trail.marks : trail.marks.filter(({ next }) => BigInt(next) <= least)
  return marks.at(-1)?.from ?? null
}

/**
 * The trail once a sweep that began with `transactions` in flight has reached its end, where `last` is the highest
 * cursor value that it saw. It is the same object where there is nothing to note.
 */
export const completeTrail = (trail: Trail, transactions: Transactions | undefined, last: string | null): Trail => {
  const high = last ?? trail.high
  if (transactions === undefined) {
    return high === trail.high && trail.marks.at(-1)?.from === high
      ? trail
      : { high, marks: [{ from: high, next: none.next }], open: [] }
  }
  const isMarked = trail.marks.at(-1)?.from === trail.high
  const isSame = transactions.unsureFrom === trail.unsureFrom && isQuiet(trail, transactions)
  if (high === trail.high && isMarked && isSame) return trail
  const marks = isMarked ? trail.marks : [...trail.marks, { from: trail.high, next: transactions.next }]
  return { high, marks: thin(stillNeeded(marks, transactions)), ...inFlight(transactions) }
}

/** Whether none of the trail's transactions is known to have ended. */
const isQuiet = (trail: Trail, { open }: Transactions): boolean => {
  const still = new Set(open)
  return trail.open.every((id) => still.has(id))
}

type Marks = Trail["marks"]

/** The marks from the one on that is old enough for the oldest transaction in flight. */
const stillNeeded = (marks: Marks, { open, unsureFrom }: Transactions): Marks => {
  const least = lowestId(unsureFrom === undefined ? open : [...open, unsureFrom])
  if (least === undefined) return marks.slice(-1)
  const first = marks.findLastIndex(({ next }) => BigInt(next) <= least)
  return first === -1 ? marks : marks.slice(first)
}

const thin = (marks: Marks): Marks =>
  marks.length <= maxMarks ? marks : marks.filter((_, index) => index % 2 === 0 || index === marks.length - 1)
