import type { SinkHarness, SinkStore } from "../../src/index.ts"
import { tooLarge } from "./run.ts"
import { type Change, toySink } from "./sink.ts"
import { keyText, ToyStore } from "./store.ts"

const makeStore = (change: Change | undefined): SinkStore => {
  const toy = new ToyStore()
  const tableOf = (name: string) => {
    const found = toy.data.tables.get(name)
    if (found === undefined) throw new Error(`no table ${name}`)
    return found
  }
  const store: SinkStore = {
    sink: toySink(toy, change),
    watch: undefined,
    rows: async ({ into, columns }) => {
      const table = toy.data.tables.get(into)
      const places = columns.map(({ name }) => table?.columns.indexOf(name) ?? -1)
      return table && [...table.rows.values()].map((row) => places.map((place) => row[place] ?? null))
    },
    takeWrites: () => {
      const { writes } = toy
      toy.writes = 0
      return writes
    },
    makeForeign: async ({ into, columns }, row) => {
      const rows = new Map([[keyText(row.slice(0, 1)), row]])
      toy.data.tables.set(into, { columns: columns.map(({ name }) => name), isOurs: false, rows, unique: undefined })
    },
    constrain: async ({ into }, column) => {
      tableOf(into).unique = column
    },
  }
  toy.watch = (moment) => store.watch?.(moment)
  return store
}

/** The harness of a toy, or of one that something is done to. */
export const toySinkHarness = (change?: Change): SinkHarness => ({
  store: async () => makeStore(change),
  tooLarge: tooLarge + 1,
  maxColumns: 100,
})
