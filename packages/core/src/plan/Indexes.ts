import type { SourceIndex } from "../source/Indexes.ts"
import { inReplica, nameInReplica } from "./InReplica.ts"
import type { Plan, PlanColumn } from "./Plan.ts"

/** An index of a replica table, by the names of columns there. */
export interface ReplicaIndex {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly descending: boolean }>
}

/** The indexes of a replica, and those of its source that it is not given, with why: the second half of a sentence. */
export interface Indexes {
  readonly made: ReadonlyArray<ReplicaIndex>
  readonly left: ReadonlyArray<{ readonly name: string; readonly why: string }>
}

/** The indexes that the source's come to in the replica: each once, and none that the key is already. */
export const copiedIndexes = (plan: Plan, found: ReadonlyArray<SourceIndex>): Indexes => {
  const columns = new Map(plan.columns.map((column) => [column.name, column]))
  const blank = new Set((plan.blank ?? []).map(({ name }) => name))
  const made: Array<ReplicaIndex> = []
  const left: Array<Indexes["left"][number]> = []
  for (const { name, columns: parts, unfit } of found) {
    const lacking = parts.find((part) => !columns.has(part.name))
    if (unfit !== undefined) left.push({ name, why: unfit })
    else if (lacking !== undefined) {
      const why = blank.has(lacking.name) ? "has one value in all rows" : "is not replicated"
      left.push({ name, why: `is over "${lacking.name}", which ${why}` })
    } else {
      made.push({
        columns: parts.flatMap((part) => {
          const column = columns.get(part.name)
          return column === undefined ? [] : [{ name: orderedBy(column), descending: part.descending }]
        }),
      })
    }
  }
  return { made: distinct(plan, made), left }
}

/** The indexes that a config lists. */
export const listedIndexes = (plan: Plan, lists: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReplicaIndex> => {
  const columns = new Map([...plan.columns, ...(plan.blank ?? [])].map((column) => [column.name, column]))
  const indexes = lists.map((names) => ({
    columns: names.flatMap((name) => {
      const column = columns.get(name)
      return column === undefined ? [] : [{ name: orderedBy(column), descending: false }]
    }),
  }))
  // A frozen table may lack a column that is listed.
  return distinct(
    plan,
    indexes.filter((index, at) => index.columns.length === lists[at]?.length),
  )
}

/** Where there is a sort key, it has the order that the source's index has. */
const orderedBy = (column: PlanColumn): string => column.sort ?? nameInReplica(column)

const distinct = (plan: Plan, indexes: ReadonlyArray<ReplicaIndex>): ReadonlyArray<ReplicaIndex> => {
  const idOf = ({ columns }: ReplicaIndex) => JSON.stringify(columns.map(({ name, descending }) => [name, descending]))
  const key = idOf({ columns: inReplica(plan).key.map((name) => ({ name, descending: false })) })
  const byId = new Map(indexes.map((index) => [idOf(index), index]))
  byId.delete(key)
  return [...byId.values()]
}
