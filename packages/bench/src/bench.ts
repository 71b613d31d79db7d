import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Figure, Report } from "./lib/figures.ts"
import { describeMachine } from "./lib/machine.ts"
import type { MeasureName, Options } from "./lib/options.ts"
import { costBundle } from "./measures/costBundle.ts"
import { costLoad } from "./measures/costLoad.ts"
import { costWrites } from "./measures/costWrites.ts"
import { changeLog } from "./measures/changeLog.ts"
import { cursorless } from "./measures/cursorless.ts"
import { firstLoadMariadb } from "./measures/firstLoadMariadb.ts"
import { firstLoadPeers } from "./measures/firstLoadPeers.ts"
import { firstLoadPostgres } from "./measures/firstLoadPostgres.ts"
import { firstLoadSupabase } from "./measures/firstLoadSupabase.ts"
import { backlog } from "./measures/backlog.ts"
import { fanOut } from "./measures/fanOut.ts"
import { following } from "./measures/following.ts"
import { freshness } from "./measures/freshness.ts"
import { incremental } from "./measures/incremental.ts"
import { ranges } from "./measures/ranges.ts"
import { reconciling } from "./measures/reconciling.ts"
import { reads } from "./measures/reads.ts"
import { wakeFar } from "./measures/wakeFar.ts"
import { chartOf } from "./report/chart.ts"
import { formatAgainst, formatValue } from "./report/format.ts"
import { figureLines, machineLine, verdictLines } from "./report/text.ts"
import { replaceFigures, toMarkdown } from "./report/markdown.ts"
import { judge, type Verdict } from "./targets.ts"

type Measure = (options: Options, report: Report) => Promise<void>

const measures: Readonly<Record<MeasureName, ReadonlyArray<Measure>>> = {
  "first-load": [firstLoadPostgres, firstLoadPeers, firstLoadMariadb, firstLoadSupabase],
  incremental: [incremental, changeLog, cursorless, ranges, reconciling],
  cost: [costLoad, costWrites, costBundle],
  freshness: [freshness, following, backlog, fanOut, wakeFar],
  reads: [reads],
}

const docsFolder = join(import.meta.dirname, "../../../docs")

/** Measures what is asked for, prints it and leaves it in the folder `out`. A target that is missed is no failure. */
export const runBench = async (
  options: Options,
  print: (line: string) => void,
): Promise<{ readonly figures: ReadonlyArray<Figure>; readonly targets: ReadonlyArray<Verdict> }> => {
  const machine = await describeMachine()
  const figures: Array<Figure> = []
  const versions: Record<string, string> = { ...machine.versions }
  const report: Report = {
    note: (text) => print(`… ${text}`),
    version: (name, version) => {
      versions[name] = version
    },
    add: (figure) => {
      figures.push(figure)
      print(`    ${figure.label}: ${formatValue(figure)} ${formatAgainst(figure)}`.trimEnd())
    },
  }
  for (const name of options.only) for (const measure of measures[name]) await measure(options, report)

  const targets = judge(figures)
  const { docs, large, out, peers, quick, rows, runs } = options
  const how = `${machineLine({ ...machine, versions })}; ${rows} rows, medians of ${runs}`
  for (const line of ["", ...figureLines(figures), "", ...verdictLines(targets), "", how]) print(line)

  await mkdir(out, { recursive: true })
  const json = { machine: { ...machine, versions }, options: { large, peers, quick, rows, runs }, targets, figures }
  await writeFile(join(out, "bench.json"), `${JSON.stringify(json, undefined, 2)}\n`)
  const chart = chartOf(figures, `${machine.date}, ${machine.cores} cores, ${rows} rows, medians of ${runs}`)
  if (chart !== undefined) await writeFile(join(out, "bench.svg"), chart)
  print(`Written to ${out}`)
  if (docs) {
    const page = join(docsFolder, "performance.md")
    await writeFile(page, replaceFigures(await readFile(page, "utf8"), toMarkdown(figures, targets, how)))
    if (chart !== undefined) await writeFile(join(docsFolder, "performance.svg"), chart)
  }
  return { figures, targets }
}
