import type { TableResult } from "@starbase-replication/core/run"
import type { Execute } from "@starbase-replication/sink-sqlite"
import type { PostgresDatabase } from "@starbase-replication/test-servers"
import { expect } from "vitest"
import { type BenchOptions, runTable } from "../../src/Bench.ts"

/** A table of whole numbers `id` and `v` and its replica, pulled from wherever it is asked to. */
export const replicaOf = (execute: Execute, table: string, entry: object = {}) => {
  const rows = (database: PostgresDatabase) => database.query(`SELECT id, v FROM ${table} ORDER BY id`)
  return {
    /** Pulls once, and tells how that went. */
    pull: async ({ url }: Pick<BenchOptions, "url">): Promise<TableResult> => {
      const result = await runTable(
        { url, execute },
        { table: `public.${table}`, deletes: { reconcile: "0 seconds" }, ...entry },
      )
      expect(result.error).toBeUndefined()
      return result
    },
    /** Holds the replica against a table. */
    equals: async (database: PostgresDatabase): Promise<void> => {
      expect(await execute(`SELECT id, v FROM "${table}" ORDER BY id`, [])).toEqual(await rows(database))
    },
  }
}
