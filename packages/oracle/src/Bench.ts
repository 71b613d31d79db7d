import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type ReplicateOptions, type TableResult } from "@starbase-replication/core/run"
import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Effect from "effect/Effect"

/** How to replicate from a PostgreSQL. */
export interface BenchOptions {
  readonly url: string
  readonly execute: Execute
  /** More of the source's entry, such as timeouts. */
  readonly source?: object
  readonly leaseMillis?: number
}

/** Runs tables, given as entries without their source, and gives their results. */
export const runTables = (
  { url, execute, source = {}, leaseMillis }: BenchOptions,
  tables: ReadonlyArray<object>,
  options: Partial<ReplicateOptions> = {},
): Promise<ReadonlyArray<TableResult>> =>
  decodeConfig(
    {
      sources: { main: { type: "postgres", url: { secret: "URL" }, ...source } },
      tables: tables.map((table) => ({ source: "main", ...table })),
    },
    { connectors: [connector], secrets: () => url },
  ).pipe(
    Effect.flatMap((config) => replicate(config, { select: "all", claim: true, ...options })),
    Effect.map(({ tables }) => tables),
    Effect.provide(layer(execute, leaseMillis === undefined ? {} : { leaseMillis })),
    Effect.runPromise,
  )

/** Runs one table and gives its result. */
export const runTable = async (
  bench: BenchOptions,
  table: object,
  options: Partial<ReplicateOptions> = {},
): Promise<TableResult> => {
  const [result] = await runTables(bench, [table], options)
  if (result === undefined) throw new Error("The run told of no table.")
  return result
}
