import type { Report } from "./figures.ts"
import { median, medianRatio } from "./timing.ts"

/** Loads of so many rows, in seconds, and what was measured beside them. */
export interface Loads {
  readonly id: string
  readonly label: string
  readonly rows: number
  readonly floor: { readonly label: string; readonly short?: string; readonly seconds: ReadonlyArray<number> }
  /** By the end of their ids. */
  readonly ways: ReadonlyArray<{ readonly id: string; readonly label: string; readonly seconds: ReadonlyArray<number> }>
}

/** Adds the rates of a floor and of each way beside it. */
export const addRates = (report: Report, { id, label, rows, floor, ways }: Loads): void => {
  const rates = (seconds: ReadonlyArray<number>) => seconds.map((second) => rows / second)
  const floorRuns = rates(floor.seconds)
  report.add({
    id: `${id}/floor`,
    label: `${label}: ${floor.label}`,
    value: median(floorRuns),
    unit: "rows/s",
    runs: floorRuns,
  })
  for (const way of ways) {
    const runs = rates(way.seconds)
    report.add({
      id: `${id}/${way.id}`,
      label: `${label}: ${way.label}`,
      value: median(runs),
      unit: "rows/s",
      runs,
      against: { label: floor.short ?? floor.label, ratio: medianRatio(runs, floorRuns) },
    })
  }
}

/** How a load through the plugin is called. */
export const throughPlugin = "plugin (Worker, RPC)"
