import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type Home, inHome, run, superuser } from "./internal/cluster.ts"
import { copyCluster } from "./internal/copyCluster.ts"
import { connectTo } from "./internal/databases.ts"
import { installPostgres } from "./internal/postgresBinaries.ts"
import type { Postgres, PostgresServer } from "./PostgresServer.ts"

/** A hot standby that runs: its databases are those of its primary, and nothing can be written. */
export interface Standby extends PostgresServer {
  /** Waits until it has replayed all that its primary had written when this was called; not while replay is paused. */
  readonly caughtUp: () => Promise<void>
  /** The same of what has arrived, replayed or not. */
  readonly received: () => Promise<void>
  /** Halts the replay: what the primary writes from now on is not seen. */
  readonly pauseReplay: () => Promise<void>
  readonly resumeReplay: () => Promise<void>
}

/**
 * Starts a hot standby of a server that {@link startPostgres} started, on a port and in a directory of its own. It ends
 * with this process; its primary may end before it.
 */
export const startStandby = (primary: Postgres): Promise<Standby> =>
  inHome(async (home) => {
    await installPostgres(join(home.directory, "native"))
    // Keeps what the standby needs until it is connected.
    const slot = `standby_${randomUUID().replaceAll("-", "")}`
    await primary.query("SELECT pg_create_physical_replication_slot($1, true, true)", [slot])
    try {
      await backUp(primary, home)
      const settings = { ...(await settingsLike(primary)), ...follow(primary) }
      const server = connectTo({ ...(await run(home, join(home.directory, "native", "bin"), settings)), ca: undefined })
      return describe(primary, server)
    } finally {
      await primary.query("SELECT pg_drop_replication_slot($1)", [slot])
    }
  })

/** Copies a running server, as pg_basebackup does. */
const backUp = async (primary: Postgres, home: Home) => {
  const [[data] = []] = await primary.query("SHOW data_directory")
  await primary.query("SELECT pg_backup_start('standby', true)")
  let label: unknown
  try {
    await copyCluster(String(data), join(home.directory, "data"), home.identity)
  } finally {
    // The session in which the backup began must end it.
    const [row] = await primary.query("SELECT labelfile FROM pg_backup_stop(false)")
    label = row?.[0]
  }
  await home.write("data/backup_label", String(label))
  await home.write("data/standby.signal", "")
}

/** A standby must have room for as much as its primary, and its log can be decoded where that of its primary can. */
const settingsLike = async (primary: Postgres) => {
  const rows = await primary.query(`
    SELECT name, setting FROM pg_settings
    WHERE name IN ('max_connections', 'max_locks_per_transaction', 'max_prepared_transactions', 'max_wal_senders',
      'max_worker_processes', 'wal_level')`)
  return Object.fromEntries(rows.map(([name, setting]) => [String(name), String(setting)]))
}

const follow = ({ host, port }: Postgres) => ({
  primary_conninfo: `host=${host} port=${port} user=${superuser.user} password='${superuser.password}'`,
  wal_receiver_create_temp_slot: "on",
  // The primary keeps the rows that a query here still sees, where it would else be cancelled.
  hot_standby_feedback: "on",
})

const describe = (primary: Postgres, server: PostgresServer): Standby => ({
  ...server,
  caughtUp: async () => until(server, "pg_last_wal_replay_lsn() >= $1::text::pg_lsn", await flush(primary)),
  received: async () => until(server, "pg_last_wal_receive_lsn() >= $1::text::pg_lsn", await flush(primary)),
  pauseReplay: async () => {
    await server.query("SELECT pg_wal_replay_pause()")
    await until(server, "pg_get_wal_replay_pause_state() = 'paused'")
  },
  resumeReplay: async () => {
    await server.query("SELECT pg_wal_replay_resume()")
  },
})

/** Writes a message to the log of changes, which needs no transaction and with which all before it is sent at once. */
const flush = async (primary: Postgres): Promise<ReadonlyArray<unknown>> => {
  const [[position] = []] = await primary.query("SELECT pg_logical_emit_message(false, 'standby', '', true)::text")
  return [position]
}

const until = async (server: PostgresServer, condition: string, values?: ReadonlyArray<unknown>) => {
  const deadline = Date.now() + 30_000
  while (true) {
    const [[holds] = []] = await server.query(`SELECT ${condition}`, values)
    if (holds === true) return
    if (Date.now() > deadline) {
      const [row] = await server.query("SELECT pg_last_wal_replay_lsn(), pg_get_wal_replay_pause_state()")
      throw new Error(`After 30 seconds, the standby is still at ${JSON.stringify(row)}: not ${condition} ${values}`)
    }
    await sleep(5)
  }
}
