import { ConnectorError } from "@starbase-replication/core/source"
import { fromRpc } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StarbaseDataSource } from "../Starbase.ts"

/** The name of the task by which the CronPlugin calls. */
export const cronTask = "starbase-replication"
const everyMinute = "* * * * *"

/** As the CronPlugin makes it, which does so only once a request has reached it. */
const createTable = `CREATE TABLE IF NOT EXISTS tmp_cron_tasks (
  name TEXT NOT NULL UNIQUE PRIMARY KEY, cron_tab TEXT NOT NULL, payload TEXT, callback_host TEXT, is_active INTEGER)`

/**
 * Writes the task by which StarbaseDB's CronPlugin calls this instance every minute, and sets the first alarm: the
 * CronPlugin sets the next one with each request that reaches it, and requests for the replicator do not.
 */
export const registerCronTask = (
  rpc: StarbaseDataSource["rpc"],
  host: string | undefined,
): Effect.Effect<void, ConnectorError> => {
  if (host === undefined) return Effect.void
  const execute = fromRpc(rpc)
  const attempt = <A>(work: () => PromiseLike<A>) =>
    Effect.tryPromise({
      try: work,
      catch: () => new ConnectorError({ code: "storage", message: "The cron task could not be written." }),
    })
  return Effect.gen(function* () {
    yield* attempt(() => execute(createTable, []))
    const [changed] = yield* attempt(() =>
      execute(
        `INSERT INTO tmp_cron_tasks (name, cron_tab, payload, callback_host, is_active) VALUES (?1, ?2, '{}', ?3, 1)
          ON CONFLICT (name) DO UPDATE SET cron_tab = ?2, callback_host = ?3
          WHERE (cron_tab, callback_host) IS NOT (?2, ?3) RETURNING name`,
        [cronTask, everyMinute, host],
      ),
    )
    if (changed === undefined) return
    const set = yield* attempt(async () => rpc.getAlarm?.())
    if (set !== null) return
    const now = yield* Clock.currentTimeMillis
    yield* attempt(async () => rpc.setAlarm?.(now - (now % 60_000) + 60_000))
  })
}
