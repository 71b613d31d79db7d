import { kinds, lagOf, type Standing, time } from "./standing.ts"

export const sorts = ["table", "state", "rows", "lag", "next"] as const
export type Sort = (typeof sorts)[number]

export interface Order {
  readonly by: Sort
  readonly isDown: boolean
}

const collator = new Intl.Collator(undefined, { numeric: true })
const byName = (one: Standing, other: Standing): number => collator.compare(one.table.table, other.table.table)

/** What is pressed first is what people look for: the worst state, the most rows, the greatest lag, the next run. */
const comparisons: Readonly<Record<Sort, (one: Standing, other: Standing, now: number) => number>> = {
  table: byName,
  state: (one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind),
  rows: (one, other) => other.table.rows - one.table.rows,
  lag: (one, other, now) => (lagOf(other.table, now) ?? Infinity) - (lagOf(one.table, now) ?? Infinity) || 0,
  next: (one, other) => (time(one.table.nextRunAt) ?? 9e15) - (time(other.table.nextRunAt) ?? 9e15),
}

/** Puts tables in order. Those that have a place already keep it. */
export const ordered = (
  all: ReadonlyArray<Standing>,
  { by, isDown }: Order,
  now: number,
  places: ReadonlyMap<string, number> | undefined,
): ReadonlyArray<Standing> => {
  const compare = comparisons[by]
  const sign = isDown ? -1 : 1
  const sorted = all.toSorted((one, other) => sign * compare(one, other, now) || byName(one, other))
  if (places === undefined || places.size === 0) return sorted
  const placeOf = ({ table }: Standing) => places.get(table.table) ?? Infinity
  return sorted.toSorted((one, other) => placeOf(one) - placeOf(other) || 0)
}
