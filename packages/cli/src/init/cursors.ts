/** From how many rows on it matters that all are read, or all ranges compared. */
const large = 100_000

/**
 * What a cursor would save, for tables whose changes are found without one at a price. None is chosen: whether a column
 * really grows with each write, only who writes it knows.
 */
export const cursorNotes = (
  by: string | undefined,
  rows: number | undefined,
  cursors: ReadonlyArray<string>,
): ReadonlyArray<string> => {
  if (by !== "scan" && by !== "ranges") return []
  const isLarge = rows === undefined || rows >= large
  if (by === "ranges" && !isLarge) return []
  const [cursor] = cursors
  const price = by === "scan" ? "All rows are read at each pull" : "All ranges of keys are compared at each pull"
  if (cursor === undefined)
    return by === "scan" && isLarge
      ? [`${price}; a column that grows with each write, named as cursor, would save that.`]
      : []
  return [`${price}; a cursor would save that where it grows with each write: ${cursor}.`]
}
