import { ConnectorError } from "@starbase-replication/core"
import { fromRpc, type RpcLike } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"

const task = "starbase-replication"
const everyMinute = "* * * * *"

/**
 * Writes the task by which StarbaseDB's CronPlugin calls this instance every minute. Its table is the CronPlugin's own:
 * where it is not there, the plugin is not, or not yet.
 */
export const registerCronTask = (rpc: RpcLike, host: string | undefined): Effect.Effect<void, ConnectorError> => {
  if (host === undefined) return Effect.void
  const execute = fromRpc(rpc)
  const query = (sql: string, params: ReadonlyArray<string>) =>
    Effect.tryPromise({
      try: () => execute(sql, params),
      catch: () => new ConnectorError({ code: "storage", message: "The cron task could not be written." }),
    })
  return Effect.gen(function* () {
    const [table] = yield* query("SELECT 1 FROM sqlite_master WHERE name = 'tmp_cron_tasks'", [])
    if (table === undefined) return
    yield* query(
      `INSERT INTO tmp_cron_tasks (name, cron_tab, payload, callback_host) VALUES (?1, ?2, '{}', ?3)
        ON CONFLICT (name) DO UPDATE SET cron_tab = ?2, callback_host = ?3
        WHERE (cron_tab, callback_host) IS NOT (?2, ?3)`,
      [task, everyMinute, host],
    )
  })
}
