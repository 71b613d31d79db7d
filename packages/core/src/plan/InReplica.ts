import type { Plan, PlanColumn } from "./Plan.ts"

/** The name of a column in the replica. */
export const nameInReplica = ({ name, into }: Pick<PlanColumn, "name" | "into">): string => into ?? name

/**
 * A plan with columns and key as the replica has them, under its names: what a sink makes its statements of, and the order
 * of a batch's values. All else is as it was, and speaks of the source's columns. Of such a plan it is that plan.
 */
export const inReplica = (plan: Plan): Plan => {
  if (plan.columns.every(({ into }) => into === undefined)) return plan
  const names = new Map(plan.columns.map((column) => [column.name, nameInReplica(column)]))
  return {
    ...plan,
    columns: plan.columns.map((column) => ({ ...column, name: nameInReplica(column), into: undefined })),
    key: plan.key.map((name) => names.get(name) ?? name),
  }
}
