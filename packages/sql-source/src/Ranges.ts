import type { Key, KeySpan } from "@starbase-replication/core/source"
import type { Rank } from "./Dialect.ts"

/** The keys on one side of a key. One of fewer values stands for its first columns alone. */
const beside = (ranks: ReadonlyArray<Rank>, key: Key, side: "gt" | "lte"): string => {
  const [rank, ...ranksAfter] = ranks
  const [value = "", ...more] = key
  if (rank === undefined) return "FALSE"
  if (more.length === 0) return rank.compare(rank.sql, side, value)
  const [from, beyond] = side === "gt" ? (["gte", "gt"] as const) : (["lte", "lt"] as const)
  const [outer, inner, tie] = ([from, beyond, "eq"] as const).map((op) => rank.compare(rank.sql, op, value))
  return `${outer} AND (${inner} OR (${tie} AND ${beside(ranksAfter, more, side)}))`
}

/** An expression that finds its way to one of some values by few comparisons: to the one before the first bound not exceeded. */
const search = (ranks: ReadonlyArray<Rank>, bounds: ReadonlyArray<Key>, valueAt: (place: number) => string): string => {
  const among = (from: number, to: number): string => {
    const middle = (from + to) >> 1
    const bound = bounds[middle]
    if (from === to || bound === undefined) return valueAt(from)
    return `IF(${beside(ranks, bound, "lte")},${among(from, middle)},${among(middle + 1, to)})`
  }
  return among(0, bounds.length)
}

/** The place of a row's range among the ranges that bounds part. */
export const rangeNumber = (ranks: ReadonlyArray<Rank>, bounds: ReadonlyArray<Key>): string => {
  const [rank] = ranks
  if (bounds.length > 0 && ranks.length === 1 && rank?.countBelow !== undefined) {
    return rank.countBelow(
      rank.sql,
      bounds.map(([bound = ""]) => bound),
    )
  }
  return search(ranks, bounds, String)
}

const within = (ranks: ReadonlyArray<Rank>, { after, until }: KeySpan): ReadonlyArray<string> => [
  ...(after === undefined ? [] : [beside(ranks, after, "gt")]),
  ...(until === undefined ? [] : [beside(ranks, until, "lte")]),
]

/**
 * The conditions that keys lie in one of some spans, which follow each other. Without an index, each row would be held
 * against each span, so that it finds its way to the one in question.
 */
export const inSpans = (ranks: ReadonlyArray<Rank>, spans: ReadonlyArray<KeySpan>): ReadonlyArray<string> => {
  const [first] = spans
  if (first === undefined) return ["FALSE"]
  if (spans.length === 1) return within(ranks, first)
  if (ranks.every(({ isIndexed }) => isIndexed)) {
    return [`(${spans.map((span) => `(${within(ranks, span).join(" AND ")})`).join(" OR ")})`]
  }
  const bounds = spans.flatMap(({ after, until }) => [after, until].flatMap((key) => (key === undefined ? [] : [key])))
  const isFirstIn = first.after === undefined
  return [`${search(ranks, bounds, (place) => ((place % 2 === 0) === isFirstIn ? "1" : "0"))} = 1`]
}
