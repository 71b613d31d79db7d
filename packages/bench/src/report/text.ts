import type { Figure } from "../lib/figures.ts"
import type { Machine } from "../lib/machine.ts"
import type { Verdict } from "../targets.ts"
import { formatAgainst, formatValue } from "./format.ts"

/** Lines of columns, each as wide as its widest cell; numbers to the right. */
const columns = (rows: ReadonlyArray<ReadonlyArray<string>>, right: ReadonlyArray<number>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => (right.includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  )
}

/** The table of all figures. */
export const figureLines = (figures: ReadonlyArray<Figure>): ReadonlyArray<string> =>
  columns(
    figures.map((figure) => [figure.label, formatValue(figure), formatAgainst(figure)]),
    [1],
  )

/** The table of what was to be shown. */
export const verdictLines = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<string> =>
  columns(
    verdicts.map(({ found, isMet, label, limit }) => [isMet ? "target met" : "TARGET MISSED", label, limit, found]),
    [],
  )

/** The machine in one line. */
export const machineLine = ({ cores, cpu, date, files, memoryGiB, system, versions }: Machine): string =>
  `${date}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, files in ${files}; ` +
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")
