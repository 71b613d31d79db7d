import { join } from "node:path"
import { parseArgs } from "node:util"

/** The groups of measures, in the order in which they run. */
export const measureNames = ["first-load", "incremental", "cost", "freshness", "reads"] as const
export type MeasureName = (typeof measureNames)[number]

/** What to measure, and how often. */
export interface Options {
  readonly only: ReadonlyArray<MeasureName>
  /** The rows of the large tables; others follow it. */
  readonly rows: number
  readonly runs: number
  /** Whether to measure with ten million rows too. */
  readonly large: boolean
  /** Whether to measure other tools too, where they are on the PATH. */
  readonly peers: boolean
  /** Whether it is only to be seen that everything runs. */
  readonly quick: boolean
  /** Whether to put figures and chart into the project's docs. */
  readonly docs: boolean
  /** The folder for the figures as JSON and the chart. */
  readonly out: string
}

export const usage = `Usage: npx --yes pnpm@12.21.0 bench [options]

  --only LIST   of ${measureNames.join(", ")}; all of them without it
  --rows N      rows of the large tables (1000000)
  --runs N      runs of which the median counts (5)
  --large       with ten million rows and a gigabyte of the log too
  --peers       beside dlt, sling and zero-cache, where they are on the PATH
  --quick       small tables and one run, to see that everything works
  --docs        put the figures into docs/performance.md and the chart beside it
  --out FOLDER  where bench.json and bench.svg go (packages/bench/dist/results)`

const isMeasure = (name: string): name is MeasureName => (measureNames as ReadonlyArray<string>).includes(name)

const count = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a number above 0, not "${text}"`)
  return value
}

/** Reads the command line; undefined where it asks for help. Throws where it is not right. */
export const parseOptions = (args: ReadonlyArray<string>): Options | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rows: { type: "string" },
      runs: { type: "string" },
      large: { type: "boolean", default: false },
      peers: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      out: { type: "string", default: join(import.meta.dirname, "../../dist/results") },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) return undefined
  const names = values.only?.split(",") ?? measureNames
  const only = names.filter(isMeasure)
  const unknown = names.filter((name) => !isMeasure(name))
  if (unknown.length > 0) throw new TypeError(`--only: ${unknown.join(", ")} is none of ${measureNames.join(", ")}`)
  return {
    only,
    rows: count(values.rows, "rows") ?? (values.quick ? 2000 : 1_000_000),
    runs: count(values.runs, "runs") ?? (values.quick ? 1 : 5),
    large: values.large,
    peers: values.peers,
    quick: values.quick,
    docs: values.docs,
    out: values.out,
  }
}
