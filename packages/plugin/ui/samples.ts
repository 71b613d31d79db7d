import type { Status, Table } from "./types.ts"

/** What a table was seen to do while the page was open. */
export interface Sample {
  readonly at: number
  readonly lag: number | undefined
  readonly rows: number
}

export interface Samples {
  readonly add: (status: Status, now: number) => void
  readonly of: (table: string) => ReadonlyArray<Sample>
  /** Rows a second over the last samples; undefined where there are too few. */
  readonly rate: (table: string) => number | undefined
  /** For how many milliseconds no row has come. */
  readonly still: (table: string, now: number) => number
}

const most = 120

/** How many rows a table has got: of one that is built anew, how many were read for it. */
const rowsOf = ({ rows, rebuilding, progress }: Table): number => (rebuilding ? (progress?.read ?? 0) : rows)

/** Remembers what answers have told, for rates and for the chart of the lag. A map: a table may have any name. */
export const sampler = (): Samples => {
  const all = new Map<string, Array<Sample>>()
  const movedAt = new Map<string, number>()
  return {
    add: ({ tables }, now) => {
      for (const table of tables) {
        const { table: name, syncedAt } = table
        const samples = all.get(name) ?? []
        const rows = rowsOf(table)
        const last = samples.at(-1)
        if (last?.rows !== rows || !movedAt.has(name)) movedAt.set(name, now)
        // A load that began anew has no rate with what was before.
        if (last !== undefined && rows < last.rows) samples.length = 0
        samples.push({ at: now, lag: syncedAt === null ? undefined : Math.max(0, now - Date.parse(syncedAt)), rows })
        if (samples.length > most) samples.shift()
        all.set(name, samples)
      }
    },
    of: (table) => all.get(table) ?? [],
    rate: (table) => {
      const samples = (all.get(table) ?? []).slice(-8)
      const first = samples[0]
      const last = samples.at(-1)
      if (first === undefined || last === undefined || last.at - first.at < 1000 || last.rows <= first.rows)
        return undefined
      return ((last.rows - first.rows) * 1000) / (last.at - first.at)
    },
    still: (table, now) => now - (movedAt.get(table) ?? now),
  }
}
