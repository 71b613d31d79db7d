import { hintOf } from "../api/Api.ts"
import type { RunResult } from "../api/answers.ts"
import { clean, cleanLines, cleanName } from "./clean.ts"
import { commandFor } from "./states.ts"
import type { Style } from "./style.ts"
import { count, counted } from "./words.ts"

/** What a run did to one table, in a line, and what is to be done where it failed. */
export const resultLines = (result: RunResult, style: Style): ReadonlyArray<string> => {
  const { error, table } = result
  const name = style.bold(cleanName(table))
  const counts = [
    `${count(result.read)} read`,
    `${count(result.written)} written`,
    ...(result.deleted > 0 ? [`${count(result.deleted)} deleted`] : []),
    ...(result.rejected > 0 ? [style.yellow(`${count(result.rejected)} set aside`)] : []),
  ]
  const more = result.more ? ", more to come" : ""
  const did = `${name}: ${counts.join(", ")} in ${count(Math.round(result.durationMs))} ms${more}`
  if (error === undefined || error === null) return [did]
  if (error.code === "refused") return [`${name}: ${style.dim("left out")}`, `    ${cleanLines(error.message)}`]
  const hint = hintOf(error)
  const command = commandFor(table, error)
  return [
    `${name}: ${style.red(clean(error.code))}: ${cleanLines(error.message)}`,
    ...(hint === undefined ? [] : [`    ${clean(hint)}`]),
    ...(command === undefined ? [] : [`    Try: ${clean(command)}`]),
  ]
}

/** What a verification found, in a line. */
export const verifiedLine = (result: RunResult, style: Style): string => {
  const name = style.bold(cleanName(result.table))
  const { verification } = result
  if (verification === undefined || verification === null) return `${name}: not compared`
  const { checked, complete, differing, repaired, settled } = verification
  const parts = [
    `${counted(checked, "row")} compared${complete ? "" : " so far"}`,
    ...(repaired > 0 ? [`${count(repaired)} differed and were mended`] : []),
    differing === 0
      ? style.green(repaired > 0 ? "none differs any more" : "none differs")
      : style.red(`${count(differing)} differ`),
    ...((settled ?? 0) > 0 ? [`${count(settled ?? 0)} settled by another pull`] : []),
  ]
  return `${name}: ${parts.join(", ")}`
}

const marks: ReadonlyMap<string, { readonly mark: string; readonly words: string; readonly as: keyof Style }> = new Map(
  [
    ["missing", { mark: "-", words: "missing in the replica", as: "red" }],
    ["extra", { mark: "+", words: "in the replica alone", as: "green" }],
    ["differs", { mark: "~", words: "other values", as: "yellow" }],
  ],
)

/** The keys that differ, one a line: `-` missing in the replica, `+` in it alone, `~` with other values. */
export const differenceLines = ({ verification }: RunResult, style: Style): ReadonlyArray<string> => {
  if (verification === undefined || verification === null) return []
  const { differing, keys } = verification
  const lines = keys.map(({ key, kind }) => {
    const { as, mark, words } = marks.get(kind) ?? { mark: "?", words: clean(kind), as: "bold" as const }
    return `  ${style[as](`${mark} ${key.map(valueText).join(", ")}`)}  ${style.dim(words)}`
  })
  return differing > keys.length ? [...lines, `  and ${count(differing - keys.length)} more`] : lines
}

/** A value of a key or a row: texts as they are, clean; the rest as JSON has it. */
export const valueText = (value: unknown): string => {
  if (value === null) return "NULL"
  return clean(typeof value === "string" ? value : (JSON.stringify(value) ?? ""))
}
