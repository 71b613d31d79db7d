import * as Effect from "effect/Effect"
import type { Database } from "../database.ts"
import { identifier, literal } from "../quote.ts"
import { readFollowing } from "./states.ts"
import { hasLogs } from "./store.ts"
import type { ConnectorError } from "@starbase-replication/core/sink"

/** Forgets a log, and that tables follow it. */
export const forgetLog = Effect.fn("SinkSqlite.forgetLog")(function* (
  database: Database,
  source: string,
): Effect.fn.Return<void, ConnectorError> {
  if (!(yield* hasLogs(database))) return
  const following = (yield* readFollowing(database)).filter((one) => one.source === source)
  yield* database.query(
    [
      ...following.map(({ feed }) => `DROP TRIGGER IF EXISTS ${identifier(feed)}`),
      `DELETE FROM tmp_replication_log_targets WHERE source = ${literal(source)}`,
      `DELETE FROM tmp_replication_logs WHERE name = ${literal(source)}`,
    ].join(";\n"),
  )
})
