import * as Schema from "effect/Schema"
import { oldestOf, type Transactions } from "../source/Transactions.ts"

/**
 * Up to where a sweep has seen what was written: all that transactions below `before` did, in these parts of the table. A
 * transaction that had not ended when the sweep began has this id or a higher one, and so have its savepoints, so that
 * reading from there on misses nothing, however long it was open.
 */
export const Seen = Schema.Struct({
  /** See `Transactions.history`. */
  history: Schema.String,
  before: Schema.String,
  /** The id that was to be given next. Where it is `before`, nothing was in flight. */
  next: Schema.String,
  /** See `TableSchema.parts`; empty where rows do not tell who wrote them. */
  parts: Schema.Array(Schema.String),
  /** When the sweep began, in milliseconds since 1970. */
  at: Schema.Number,
})
export type Seen = typeof Seen.Type

/** What a sweep will have seen that begins now; undefined where the source's ids have no history. */
export const seenFrom = (
  transactions: Transactions | undefined,
  parts: ReadonlyArray<string> | undefined,
  at: number,
): Seen | undefined =>
  transactions?.history === undefined
    ? undefined
    : {
        history: transactions.history,
        before: oldestOf(transactions),
        next: transactions.next,
        parts: parts ?? [],
        at,
      }

/** Why nothing that was seen says what a source shows now, in words; undefined where it does. */
export const whyAnew = (seen: Seen | undefined, now: Transactions): string | undefined => {
  if (seen === undefined || now.history === undefined) return undefined
  if (seen.history !== now.history) return "the source is another server, or was restored, or another one took over"
  // A transaction that had ended and is in flight again says it too: a standby knows of it before it knows of its end.
  const isEarlier = BigInt(now.next) < BigInt(seen.next) || BigInt(oldestOf(now)) < BigInt(seen.before)
  return isEarlier ? "the source shows an earlier state than it did before" : undefined
}

/** Whether nothing was committed at the whole source since. */
export const isQuietSince = (seen: Seen | undefined, now: Transactions, parts: ReadonlyArray<string>): boolean =>
  seen !== undefined && seen.history === now.history && seen.before === now.next && areSame(seen.parts, parts)

/**
 * How long an older knowledge is kept where a sweep found nothing: to note a newer one is a write. One that was noted while
 * nothing was in flight saves the next looks at the table, if the source stays quiet.
 */
const keptMillis = ({ before, next }: Seen): number => (before === next ? 60_000 : 300_000)

/**
 * What to keep once a sweep has come to its end. The older knowledge is as true as the newer and only costs the source a
 * little more, so that a sweep that read nothing leaves it for a while. While a transaction stays open, `at` is when it was
 * first seen to hold all back.
 */
export const keepSeen = (old: Seen | undefined, fresh: Seen | undefined, hasRead: boolean): Seen | undefined => {
  if (old === undefined || fresh === undefined) return fresh
  if (old.history !== fresh.history || !areSame(old.parts, fresh.parts)) return fresh
  const isHeld = old.before === fresh.before && (old.before !== old.next || fresh.before === fresh.next)
  if (isHeld) return old
  return !hasRead && fresh.at >= old.at && fresh.at - old.at < keptMillis(fresh) ? old : fresh
}

const areSame = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && some.every((one, at) => one === others[at])
