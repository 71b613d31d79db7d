/** A line of a difference: kept, taken away or added. */
export interface DiffLine {
  readonly mark: " " | "-" | "+"
  readonly text: string
}

/** What turns one text into the other, line by line. */
export const diffLines = (before: string, after: string): ReadonlyArray<DiffLine> => {
  const a = linesOf(before)
  const b = linesOf(after)
  // How long the longest common part of what follows each pair of places is.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  const at = (i: number, j: number) => common[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = common[i]
      if (row !== undefined) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: Array<DiffLine> = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]]
    if (left !== undefined && left === right) {
      lines.push({ mark: " ", text: left })
      i++
      j++
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", text: left })
      i++
    } else {
      lines.push({ mark: "+", text: right ?? "" })
      j++
    }
  }
  return lines
}

const linesOf = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines
}

const around = 3

/** The changed lines with a few that are not around them; `undefined` stands for what is left out between. */
export const hunksOf = (lines: ReadonlyArray<DiffLine>): ReadonlyArray<DiffLine | undefined> => {
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ mark }) => mark !== " ")
  const shown: Array<DiffLine | undefined> = []
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) shown.push(line)
    else if (shown.at(-1) !== undefined || shown.length === 0) shown.push(undefined)
  }
  return shown
}
