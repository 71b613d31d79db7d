import { isMarked } from "../plan/DeletionMark.ts"
import { keyInReplica } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"

/** Picks the values of some columns out of a row. */
export const picker = (plan: Plan, names: ReadonlyArray<string>): ((row: Row) => Row) => {
  const places = names.map((name) => plan.columns.findIndex((column) => column.name === name))
  return (row) => places.map((place) => row[place] ?? null)
}

/** Picks a row's key, as the source has it. */
export const pickKey = (plan: Plan): ((row: Row) => Key) => {
  const pick = picker(plan, plan.key)
  return (row) => pick(row).map((value) => value ?? "")
}

/** Picks a row's key, as the replica has it. */
export const pickReplicaKey = (plan: Plan): ((row: Row) => Key) => {
  const pick = pickKey(plan)
  const toReplica = keyInReplica(plan)
  return (row) => toReplica(pick(row))
}

/** Makes the function that tells rows from the keys, as the replica has them, of those that the source has marked as deleted. */
export const separator = (plan: Plan) => {
  const { deletes } = plan
  if (deletes.kind !== "soft") return (rows: ReadonlyArray<Row>) => ({ live: rows, deletes: [] })
  const at = plan.columns.findIndex(({ name }) => name === deletes.column)
  const marked = isMarked(plan.columns[at] ?? { type: "text" })
  const isDeleted = (row: Row) => marked(row[at] ?? null)
  const pick = pickReplicaKey(plan)
  return (rows: ReadonlyArray<Row>) => ({
    live: rows.filter((row) => !isDeleted(row)),
    deletes: rows.filter(isDeleted).map(pick),
  })
}
