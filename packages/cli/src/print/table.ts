import { displayWidth } from "effect/cli/CliOutput"
import type { Style } from "./style.ts"

/** A column of a table that is printed. */
export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
}

/** A cell: a text that is clean, and how it is marked. */
export type Cell = string | { readonly text: string; readonly as: (text: string) => string }

const textOf = (cell: Cell): string => (typeof cell === "string" ? cell : cell.text)

const pad = (text: string, width: number, align: Column["align"]): string => {
  const blanks = " ".repeat(Math.max(0, width - displayWidth(text)))
  return align === "right" ? blanks + text : text + blanks
}

/**
 * Lines of aligned text under their titles, without borders. With a `width`, columns that are too long together are cut, the
 * longest first, so that each line fits.
 */
export const table = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  style: Style,
  width = Number.POSITIVE_INFINITY,
): ReadonlyArray<string> => {
  const widths = fit(
    columns.map(({ title }, index) =>
      Math.max(displayWidth(title), ...rows.map((row) => displayWidth(textOf(row[index] ?? "")))),
    ),
    width,
  )
  const line = (cells: ReadonlyArray<Cell>) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ""
        const room = widths[index] ?? 0
        const text = pad(cut(textOf(cell), room), room, align)
        const shown = index === columns.length - 1 && align !== "right" ? text.trimEnd() : text
        return typeof cell === "string" ? shown : shown.replace(shown.trim(), (bare) => cell.as(bare))
      })
      .join(gap)
      .trimEnd()
  return [line(columns.map(({ title }) => ({ text: title, as: style.dim }))), ...rows.map(line)]
}

const gap = "  "

/** Widths that fit together: the widest gives first, none goes below eight. */
const fit = (wanted: ReadonlyArray<number>, width: number): ReadonlyArray<number> => {
  const widths = [...wanted]
  const room = width - gap.length * (widths.length - 1)
  let over = widths.reduce((sum, one) => sum + one, 0) - room
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= 8) break
    widths[widths.indexOf(widest)] = widest - 1
    over--
  }
  return widths
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** The text within so many columns of a terminal, with an ellipsis where it is cut. */
export const cut = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  let kept = ""
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += displayWidth(segment)
    if (used > width - 1) break
    kept += segment
  }
  return `${kept}…`
}
