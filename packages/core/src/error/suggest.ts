/** How many insertions, deletions, replacements and swaps of neighbours turn one text into the other. */
const distance = (a: string, b: string): number => {
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** `; did you mean "x"?` for the candidate closest to what was written, or nothing where none is close. */
export const nearest = (written: string, candidates: Iterable<string>): string => {
  let best: string | undefined
  let least = Math.max(1, Math.floor(written.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(fold(written), fold(candidate))
    if (far < least) {
      least = far
      best = candidate
    }
  }
  return best === undefined ? "" : `; did you mean "${best}"?`
}

/** What other plugins of StarbaseDB that replicate call fields of ours; among them that of its pull request 265. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["name", "table"],
  ["tablename", "table"],
  ["cursorcolumn", "cursor"],
  ["cursorcol", "cursor"],
  ["trackingcolumn", "cursor"],
  ["trackingcol", "cursor"],
  ["target", "into"],
  ["targettable", "into"],
  ["destination", "into"],
  ["desttable", "into"],
  ["primarykey", "key"],
  ["interval", "every"],
  ["pagesize", "batchSize"],
  ["limit", "batchSize"],
])

/**
 * The same for a field's name, of which a word may be the one that is meant, `cursor` for `cursorColumn`, or which others
 * call so.
 */
export const nearestField = (written: string, candidates: ReadonlyArray<string>): string => {
  const ours = otherNames.get(fold(written))
  if (ours !== undefined && candidates.includes(ours)) return `; did you mean "${ours}"?`
  const close = nearest(written, candidates)
  if (close !== "") return close
  const text = fold(written)
  const words = candidates.filter((one) => one.length > 2 && (text.startsWith(fold(one)) || text.endsWith(fold(one))))
  const [longest] = words.toSorted((a, b) => b.length - a.length)
  return longest === undefined ? "" : `; did you mean "${longest}"?`
}

const fold = (text: string): string =>
  text
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[_\-\s]/g, "")
