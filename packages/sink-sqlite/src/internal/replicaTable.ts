import { identifier } from "./quote.ts"
import { inReplica, type Plan, replicaType } from "@starbase-replication/core/sink"

/** The SQL type of a column whose values are of a type. */
export const sqlType = (type: string): string => {
  switch (type) {
    case "integer":
    case "boolean":
      return "INTEGER"
    case "real":
      return "REAL"
    case "blob":
      return "BLOB"
    case "unsigned":
      // No affinity: INTEGER's would turn what is above int64 into a rounded REAL.
      return ""
    default:
      return "TEXT"
  }
}

/** The names and SQL types of the replica table, in the order of the plan's columns. */
export const replicaColumns = (plan: Plan): ReadonlyArray<{ readonly name: string; readonly type: string }> =>
  inReplica(plan).columns.map((column) => ({ name: column.name, type: sqlType(replicaType(column)) }))

/** Where a run's rows go: the table that readers see, or the one that is built to take its place. */
export interface Target {
  readonly table: string
  /** The view through which pages are applied; its trigger has the same name. */
  readonly view: string
  /** The column of the state row that keeps the position. */
  readonly position: "position" | "next_position"
}

export const liveTarget = (into: string): Target => ({
  table: into,
  view: `tmp_replication_apply_${into}`,
  position: "position",
})

export const nextTarget = (into: string): Target => ({
  table: `tmp_replication_next_${into}`,
  // No live table's view begins like this, whatever the table is called.
  view: `tmp_replication_applynext_${into}`,
  position: "next_position",
})

/**
 * Makes the table, with columns of its own for those that the source has dropped. A single integer key is the table's
 * rowid; any other key orders the table itself, so that a row costs one write. Without a key nothing is unique.
 */
export const createReplica = (
  plan: Plan,
  target: Target,
  dropped: ReadonlyArray<readonly [name: string, type: string]>,
): string => {
  const columns = replicaColumns(plan)
  const { key } = inReplica(plan)
  const isRowid = key.length === 1 && columns.some(({ name, type }) => name === key[0] && type === "INTEGER")
  const lines = [...columns, ...dropped.map(([name, type]) => ({ name, type }))].map(({ name, type }) =>
    `${identifier(name)} ${type}${isRowid && name === key[0] ? " PRIMARY KEY" : ""}`.trimEnd(),
  )
  const isByKey = !isRowid && key.length > 0
  if (isByKey) lines.push(`PRIMARY KEY (${key.map(identifier).join(", ")})`)
  return `CREATE TABLE IF NOT EXISTS ${identifier(target.table)} (\n  ${lines.join(",\n  ")}\n)${isByKey ? " WITHOUT ROWID" : ""}`
}

/** A statement that changes nothing and fails where the table lacks a column, or a unique constraint over the key. */
export const probeReplica = (plan: Plan): string => {
  const { columns, key } = inReplica(plan)
  return (
    `INSERT INTO ${identifier(plan.into)} (${columns.map(({ name }) => identifier(name)).join(", ")}) ` +
    `SELECT ${columns.map(() => "NULL").join(", ")} WHERE false` +
    (key.length === 0 ? "" : ` ON CONFLICT (${key.map(identifier).join(", ")}) DO NOTHING`)
  )
}
