/** One thing that was measured. */
export interface Figure {
  /** Tells figures apart: `first-load/postgres/mixed/plugin`. */
  readonly id: string
  readonly label: string
  /** The median of the runs. */
  readonly value: number
  readonly unit: Unit
  /** What was measured beside it in the same run, and the median of value to it. */
  readonly against?: { readonly label: string; readonly ratio: number }
  /** The value of each run. */
  readonly runs: ReadonlyArray<number>
}

export type Unit = "rows/s" | "ms" | "MB" | "s/M rows" | "rows" | "queries" | "rows/row" | "KiB"

/** Where figures are put while they are measured. */
export interface Report {
  /** Says what is being measured now. */
  readonly note: (text: string) => void
  readonly add: (figure: Figure) => void
  /** Notes the version of a server that is measured. */
  readonly version: (name: string, version: string) => void
}
