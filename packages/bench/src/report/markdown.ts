import type { Figure } from "../lib/figures.ts"
import type { Verdict } from "../targets.ts"
import { formatAgainst, formatValue } from "./format.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|")

const table = (
  heads: ReadonlyArray<string>,
  rights: ReadonlyArray<boolean>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
) =>
  [heads, rights.map((isRight) => (isRight ? "---:" : "---")), ...rows.map((row) => row.map(cell))].map(
    (row) => `| ${row.join(" | ")} |`,
  )

const groups = [
  ["first-load", "First loads"],
  ["incremental", "Pulls of changes"],
  ["cost", "Cost"],
  ["freshness", "Freshness"],
  ["reads", "Reads"],
] as const

/** Targets and figures as Markdown. */
export const toMarkdown = (
  figures: ReadonlyArray<Figure>,
  targets: ReadonlyArray<Verdict>,
  caption: string,
): string => {
  const verdicts = targets.map(({ found, isMet, label, limit }) => [label, limit, found, isMet ? "met" : "**missed**"])
  const sections = groups.flatMap(([prefix, title]) => {
    const rows = figures.filter(({ id }) => id.startsWith(`${prefix}/`))
    if (rows.length === 0) return []
    const lines = rows.map((figure) => [figure.label, formatValue(figure), formatAgainst(figure)])
    return ["", `### ${title}`, "", ...table(["", "median", "beside"], [false, true, false], lines)]
  })
  return [
    `${caption}.`,
    "",
    ...table(["", "target", "measured", ""], [false, false, true, false], verdicts),
    ...sections,
  ].join("\n")
}

const begin = "<!-- figures: written by the benchmark -->"
const end = "<!-- end of figures -->"

/** A document with the text between its two marks replaced. */
export const replaceFigures = (document: string, markdown: string): string => {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`The document lacks "${begin}" and "${end}".`)
  return `${document.slice(0, from + begin.length)}\n\n${markdown}\n\n${document.slice(to)}`
}
