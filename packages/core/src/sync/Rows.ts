import { isMarked } from "../plan/DeletionMark.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"

/** Picks the values of some columns out of a row. */
export const picker = (plan: Plan, names: ReadonlyArray<string>): ((row: Row) => Row) => {
  const places = names.map((name) => plan.columns.findIndex((column) => column.name === name))
  return (row) => places.map((place) => row[place] ?? null)
}

/** Picks a row's key. */
export const pickKey = (plan: Plan): ((row: Row) => Key) => {
  const pick = picker(plan, plan.key)
  return (row) => pick(row).map((value) => value ?? "")
}

/** Makes the function that tells rows which the source has marked as deleted from the others. */
export const separator = (plan: Plan) => {
  const { deletes } = plan
  if (deletes.kind !== "soft") return (rows: ReadonlyArray<Row>) => ({ live: rows, deletes: [] })
  const at = plan.columns.findIndex(({ name }) => name === deletes.column)
  const marked = isMarked(plan.columns[at] ?? { type: "text" })
  const isDeleted = (row: Row) => marked(row[at] ?? null)
  const pick = pickKey(plan)
  return (rows: ReadonlyArray<Row>) => ({
    live: rows.filter((row) => !isDeleted(row)),
    deletes: rows.filter(isDeleted).map(pick),
  })
}
