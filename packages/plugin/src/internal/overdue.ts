import type { ConnectorError, ErrorDescription } from "@starbase-replication/core/sink"
import { fromRpc, tryWriting } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { StarbaseDataSource } from "../Starbase.ts"
import { forHttp } from "./forHttp.ts"
import type { TableStatus } from "./status.ts"

/** Whether a table should have been run, or is being run, with nothing noted that says why it stands as it does. */
const isOverdue = ({ error, paused, running, nextRunAt }: TableStatus, now: number): boolean =>
  error === null && !paused && (running || (nextRunAt !== null && Date.parse(nextRunAt) <= now))

/**
 * Tables as they stand, where a database that is full could not note it: whether it is, a write tells that leaves nothing
 * behind. It is only tried where a table is overdue.
 */
export const withFullStorage = Effect.fnUntraced(function* (
  tables: ReadonlyArray<TableStatus>,
  { rpc }: StarbaseDataSource,
  now: number,
): Effect.fn.Return<ReadonlyArray<TableStatus>> {
  if (!tables.some((table) => isOverdue(table, now))) return tables
  const tried = yield* Effect.result(tryWriting(fromRpc(rpc)))
  if (Result.isSuccess(tried) || tried.failure.code !== "storage-full") return tables
  const { failure } = tried
  return tables.map((table) =>
    isOverdue(table, now) ? { ...table, state: "failing", running: false, error: describe(failure, table) } : table,
  )
})

const describe = (error: ConnectorError, { source, sourceTable, table }: TableStatus): ErrorDescription =>
  forHttp(error.at({ source, table: sourceTable }).describe(), table)
