import type { Figure } from "../lib/figures.ts"
import { formatNumber } from "./format.ts"
import { type Bar, drawChart, type Group } from "./svg.ts"

interface Wanted {
  readonly title: string
  readonly bars: ReadonlyArray<readonly [id: string, label: string, kind: Bar["kind"]]>
}

const firstLoads: ReadonlyArray<Wanted> = [
  {
    title: "First load, PostgreSQL, 8 mixed columns (rows/s, more is better)",
    bars: [
      ["first-load/postgres/mixed/floor", "COPY | sqlite3 .import", "floor"],
      ["first-load/postgres/mixed/inside", "inside the Durable Object", "ours"],
      ["first-load/postgres/mixed/plugin", "plugin: Worker, RPC", "ours"],
      ["first-load/postgres/mixed/sling", "sling, to a SQLite file", "other"],
      ["first-load/postgres/mixed/dlt", "dlt, to a SQLite file", "other"],
      ["first-load/postgres/mixed/seed", "a statement per row over RPC", "other"],
    ],
  },
  {
    title: "First load, MariaDB (rows/s)",
    bars: [
      ["first-load/mariadb/mixed/floor", "mariadb --batch | sqlite3 .import", "floor"],
      ["first-load/mariadb/mixed/plugin", "plugin: Worker, RPC", "ours"],
    ],
  },
  {
    title: "First load, Supabase REST (rows/s)",
    bars: [
      ["first-load/supabase/mixed/floor", "curl, nothing stored", "floor"],
      ["first-load/supabase/mixed/plugin", "plugin: Worker, RPC", "ours"],
    ],
  },
]

/** The chart of those first loads that were measured, or undefined where none was. */
export const chartOf = (figures: ReadonlyArray<Figure>, caption: string): string | undefined => {
  const byId = new Map(figures.map((figure) => [figure.id, figure]))
  const groups = firstLoads.flatMap(({ bars, title }): ReadonlyArray<Group> => {
    const drawn = bars.flatMap(([id, label, kind]): ReadonlyArray<Bar> => {
      const figure = byId.get(id)
      return figure === undefined
        ? []
        : [{ label, kind, value: figure.value, text: formatNumber(Math.round(figure.value)) }]
    })
    return drawn.length === 0 ? [] : [{ title, bars: drawn }]
  })
  return groups.length === 0 ? undefined : drawChart(groups, caption)
}
