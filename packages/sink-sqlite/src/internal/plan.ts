import { formatTableName, type Plan, replicaType } from "@starbase-replication/core"

/**
 * What the stored replica was made from, as a text that is equal where the replica and its position may be kept.
 * A change of `cursor` alone asks for a new scan; of anything else, for a new replica table.
 */
export const describePlan = (plan: Plan): string =>
  JSON.stringify({
    source: plan.source,
    table: formatTableName(plan.table.name),
    columns: plan.columns.map((column) => [column.name, replicaType(column)]),
    key: plan.key,
    where: plan.where,
    cursor: plan.cursor?.name ?? null,
  })

/** The fields of two descriptions that differ. */
export const planChanges = (before: string, now: string): ReadonlyArray<string> => {
  const old: Record<string, unknown> = JSON.parse(before)
  return Object.entries(JSON.parse(now))
    .filter(([field, value]) => JSON.stringify(old[field]) !== JSON.stringify(value))
    .map(([field]) => field)
}
