/** Of things that repeat, which are told: the first, the second, the fourth, the eighth and so on. */
export const isTold = (count: number): boolean => (count & (count - 1)) === 0

/** How many were left out since the last one that was told. */
export const omittedBefore = (count: number): number => {
  const last = 2 ** Math.floor(Math.log2(Math.max(1, count - 1)))
  return count < 2 ? 0 : count - last - 1
}

const most = 1000
const counts = new Map<string, number>()

/** Counts in this isolate how often something was seen, where nothing stored tells. */
export const countSeen = (key: string): number => {
  const count = (counts.get(key) ?? 0) + 1
  if (counts.size >= most) counts.clear()
  counts.set(key, count)
  return count
}
