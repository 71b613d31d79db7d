import type { Filter } from "@starbase-replication/core/source"
import type { Change } from "../toy/source.ts"
import { asksFor, describes, type Mutation } from "./change.ts"

/** Every filter is changed, in reads alone. */
const filters = (of: (filter: Filter) => Filter): Change =>
  asksFor((request) => ({ ...request, where: request.where.map(of) }))

export const filtering: ReadonlyArray<Mutation> = [
  {
    name: "takes lt for lte",
    change: filters((filter) => (filter.op === "lt" ? { ...filter, op: "lte" } : filter)),
    breaks: ["filters: every operator"],
  },
  {
    name: "reads one value of in alone",
    change: filters((filter) => (filter.op === "in" ? { ...filter, values: filter.values.slice(0, 1) } : filter)),
    breaks: ["filters: every operator"],
  },
  {
    name: "ignores where",
    change: asksFor((request) => ({ ...request, where: [] })),
    breaks: ["filters: every operator"],
  },
  {
    name: "splits the values of in at commas",
    change: filters((filter) =>
      filter.op === "in" ? { ...filter, values: filter.values.flatMap((value) => value.split(",")) } : filter,
    ),
    breaks: ["names and values: hostile values"],
  },
  {
    name: "folds the case of names",
    change: describes((table) => ({
      ...table,
      columns: table.columns.map((column) => ({ ...column, name: column.name.toLowerCase() })),
    })),
    breaks: ["names and values: hostile names"],
  },
]
