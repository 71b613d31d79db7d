import type { Plan, PlanColumn } from "./Plan.ts"
import { replicaType } from "./Plan.ts"

/** The name of a column in the replica. */
export const nameInReplica = ({ name, into }: Pick<PlanColumn, "name" | "into">): string => into ?? name

/**
 * A plan with columns and key as the replica has them, under its names and of the types of what it holds: what a sink makes
 * its statements of, and the order of a batch's values. All else is as it was, and speaks of the source's columns. Of such a
 * plan it is that plan.
 */
export const inReplica = (plan: Plan): Plan => {
  const columns = [...plan.columns, ...(plan.blank ?? [])]
  if (columns.every(({ into, mask, sort }) => into === undefined && mask === undefined && sort === undefined))
    return plan
  const names = new Map(columns.map((column) => [column.name, nameInReplica(column)]))
  return {
    ...plan,
    columns: [...columns.map(asStored), ...plan.columns.flatMap(sortColumn)],
    blank: [],
    key: plan.key.map((name) => names.get(name) ?? name),
  }
}

const asStored = (column: PlanColumn): PlanColumn => {
  const { into: _into, sort: _sort, mask, ...rest } = column
  const name = nameInReplica(column)
  return mask === undefined ? { ...rest, name } : { ...rest, name, type: replicaType(column), as: undefined }
}

/** The column of the sort key, which follows all others. */
const sortColumn = ({ sort, sourceType, nullable }: PlanColumn): ReadonlyArray<PlanColumn> =>
  sort === undefined ? [] : [{ name: sort, type: "text", sourceType, nullable, as: undefined }]
