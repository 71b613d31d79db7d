import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Postgres } from "@starbase-replication/test-servers"
import { findProgram } from "./programs.ts"
import { startReplica, token } from "./replica.ts"

/** Something that follows the table `followed` by the server's log, until it is stopped. */
export interface Follower {
  /** Whether its readers see a row; undefined where it has none. */
  readonly sees: ((id: number) => Promise<boolean>) | undefined
  /** Reads a row as of a position of the log or later. */
  readonly seesAfter?: (id: number, position: string) => Promise<boolean>
  readonly stop: () => Promise<void>
}

/** Nobody. */
export const nobody = async (): Promise<Follower> => ({ sees: undefined, stop: async () => {} })

/** This project's Worker, whose alarm polls the log so often. */
export const polling = async (server: Postgres, seconds: number): Promise<Follower> => {
  const slot = `polled_${seconds}`
  const replica = await startReplica({
    alarm: true,
    bundle: "postgres",
    secret: server.url,
    source: {
      type: "postgres",
      url: { secret: "SOURCE" },
      log: { slot, publication: "bench", every: `${seconds} seconds` },
    },
    tables: [{ table: "followed" }],
    document: { freshness: { deadline: "10 seconds" } },
  })
  await replica.pull()
  const query = async (id: number, headers: Readonly<Record<string, string>>): Promise<boolean> => {
    const response = await fetch(new URL("/query/raw", replica.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ sql: "SELECT 1 FROM followed WHERE id = ?", params: [id] }),
    })
    if (!response.ok) throw new Error(`The query failed: ${await response.text()}`)
    const { result } = (await response.json()) as { readonly result: { readonly rows: ReadonlyArray<unknown> } }
    return result.rows.length > 0
  }
  return {
    sees: (id) => query(id, {}),
    seesAfter: (id, position) => query(id, { "X-Replication-After": position }),
    stop: async () => {
      await replica.stop()
      await server.query("SELECT pg_drop_replication_slot($1)", [slot])
    },
  }
}

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, "exit")
  child.kill(signal)
  await gone
}

/** PostgreSQL's own client, which keeps a connection open and throws away what it is sent; undefined where it is not there. */
export const streaming = async (server: Postgres): Promise<Follower | undefined> => {
  const program = await findProgram("pg_recvlogical")
  if (program === undefined) return undefined
  await server.query("SELECT pg_create_logical_replication_slot('streamed', 'pgoutput')")
  const { database, host, password, port, user } = server
  const child = spawn(
    program,
    `--dbname=${database} --host=${host} --port=${port} --username=${user} --no-password --slot=streamed --start --file=/dev/null --option=proto_version=1 --option=publication_names=bench`.split(
      " ",
    ),
    { env: { ...process.env, PGPASSWORD: password }, stdio: "ignore" },
  )
  await isActive(server, "slot_name = 'streamed'")
  return {
    sees: undefined,
    stop: async () => {
      await ended(child, "SIGINT")
      await dropSlots(server)
    },
  }
}

/** The part of its SQLite that is used. */
interface Sqlite {
  prepare(sql: string): { all(...values: ReadonlyArray<unknown>): ReadonlyArray<unknown> }
  close(): void
}

/** Zero's cache, which streams the log into SQLite; undefined where it is not there. Its SQLite is one of its own. */
export const zeroCache = async (server: Postgres): Promise<Follower | undefined> => {
  const program = await findProgram("zero-cache")
  if (program === undefined) return undefined
  const Database = createRequire(await realpath(program))("@rocicorp/zero-sqlite3") as new (
    file: string,
    options: { readonly readonly: boolean },
  ) => Sqlite
  const directory = await mkdtemp(join(tmpdir(), "bench-zero-"))
  const file = join(directory, "replica.db")
  const child = spawn(program, [], {
    env: {
      ...process.env,
      ZERO_ADMIN_PASSWORD: "bench",
      ZERO_APP_PUBLICATIONS: "bench",
      ZERO_LOG_LEVEL: "error",
      ZERO_NUM_SYNC_WORKERS: "1",
      ZERO_REPLICA_FILE: file,
      ZERO_UPSTREAM_DB: server.url,
    },
    stdio: "ignore",
  })
  const opened = await openWhen(() => {
    const database = new Database(file, { readonly: true })
    database.prepare("SELECT 1 FROM followed").all()
    return database
  })
  await isActive(server, "slot_name <> 'streamed'")
  return {
    sees: async (id) => opened.prepare("SELECT 1 FROM followed WHERE id = ?").all(id).length > 0,
    stop: async () => {
      opened.close()
      await ended(child, "SIGTERM")
      await dropSlots(server)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const patienceMillis = 60_000

const openWhen = async (open: () => Sqlite): Promise<Sqlite> => {
  const deadline = performance.now() + patienceMillis
  for (;;) {
    try {
      return open()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}

/** Waits until somebody streams from a slot. */
const isActive = async (server: Postgres, which: string): Promise<void> => {
  const deadline = performance.now() + patienceMillis
  while ((await server.query(`SELECT 1 FROM pg_replication_slots WHERE active AND ${which}`)).length === 0) {
    if (performance.now() > deadline) throw new Error(`Nobody streams from a slot with ${which}.`)
    await sleep(50)
  }
}

const dropSlots = async (server: Postgres): Promise<void> => {
  const deadline = performance.now() + patienceMillis
  while ((await server.query("SELECT 1 FROM pg_replication_slots WHERE active")).length > 0) {
    if (performance.now() > deadline) throw new Error("A slot is still in use.")
    await sleep(50)
  }
  await server.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
}
