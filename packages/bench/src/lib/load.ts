import { type ReplicaOptions, startReplica } from "./replica.ts"
import type { BenchTable } from "./tables.ts"

/** Loads a table into a new replica, through the plugin or inside the object, and gives the seconds it took. */
export const loadSeconds = async (
  table: BenchTable,
  way: "plugin" | "inside",
  options: Pick<ReplicaOptions, "bundle" | "secret" | "source">,
): Promise<number> => {
  const replica = await startReplica({ ...options, tables: [{ table: table.kind, deletes: "ignore" }] })
  try {
    await replica.admin.get("/replicate/status")
    const { read, seconds } = await (way === "plugin" ? replica.pull() : replica.pullInside())
    const [row] = await replica.admin.rows(`SELECT count(*) FROM ${table.kind}`)
    if (read !== table.rows || row?.[0] !== table.rows) throw new Error(`${read} of ${table.rows} rows arrived.`)
    return seconds
  } finally {
    await replica.stop()
  }
}
