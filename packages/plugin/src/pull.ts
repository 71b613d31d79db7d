import type { TableResult } from "@starbase-replication/core/run"
import * as Effect from "effect/Effect"
import { makeOpen } from "./internal/open.ts"
import { run } from "./internal/run.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
import type { ReplicationOptions } from "./ReplicationPlugin.ts"
import type { StarbaseDataSource } from "./Starbase.ts"

/**
 * Pulls all tables, whether or not they are due; with `refresh` they are built anew beside the ones that readers see. Rejects with a
 * `ConnectorError` where the config is wrong or the replica's database cannot be read; a table's failure is in its result.
 */
export const pullNow = (
  options: ReplicationOptions,
  dataSource: StarbaseDataSource,
  { refresh = false }: { readonly refresh?: boolean } = {},
): Promise<ReadonlyArray<TableResult>> => {
  mendAsyncResource()
  return Effect.runPromise(
    Effect.flatMap(makeOpen(options)(dataSource), (opened) =>
      Effect.provide(run(opened, { select: "all", claim: false, refresh }), opened.log),
    ),
  )
}
