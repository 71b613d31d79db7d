import { join } from "node:path"
import type { TableResult } from "@starbase-replication/core/run"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { type Client, makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { startWorkerd, type Workerd } from "./workerd.ts"

/** A replica to start. */
export interface ReplicaOptions {
  /** A bundle that is deployed, or the one of the benchmark, which can also count what would be billed. */
  readonly bundle: "postgres" | "mysql" | "supabase" | "bench"
  /** The source's entry, whose secret is SOURCE, and what SOURCE is. */
  readonly source: object
  readonly secret: string
  /** Entries of tables, without their source. */
  readonly tables: ReadonlyArray<object>
  /** What the source may be asked. */
  readonly limits?: object
  /** More of the replication document. */
  readonly document?: object
  /** Whether the replica wakes itself; without it, it pulls only when it is asked to. */
  readonly alarm?: boolean
  readonly heapMegabytes?: number
}

/** The Worker with its replica, in a workerd of its own. */
export interface Replica extends Workerd {
  readonly admin: Client
  /** Runs all tables until none has more to read, and gives the sums of what they did. */
  readonly pull: () => Promise<Pulled>
  /** The same of the tables that are due. */
  readonly pullDue: () => Promise<Pulled>
  /** The same inside the Durable Object of the bundle `bench`. */
  readonly pullInside: () => Promise<Pulled>
  /** What the bundle `bench` would have been billed since the last call. */
  readonly takeBilled: () => Promise<{ readonly rowsRead: number; readonly rowsWritten: number }>
}

/** What a pull did. */
export interface Pulled {
  readonly seconds: number
  readonly read: number
  readonly written: number
  readonly pages: number
  /** How many tables ran last. */
  readonly tables: number
}

/** The admin's token of every replica. */
export const token = "admin"

export const startReplica = async (options: ReplicaOptions): Promise<Replica> => {
  const { alarm = false, bundle, document: more, limits = {}, secret, source, tables } = options
  const path = bundle === "bench" ? join(import.meta.dirname, "../../dist/worker/worker.js") : bundlePath(bundle)
  const document = {
    ...more,
    sources: { bench: source },
    limits: { bench: limits },
    tables: tables.map((table) => ({ source: "bench", ...table })),
  }
  const workerd = await startWorkerd({
    ...(options.heapMegabytes === undefined ? {} : { heapMegabytes: options.heapMegabytes }),
    bundle: path,
    env: {
      ADMIN_AUTHORIZATION_TOKEN: token,
      REPLICATION_CONFIG: JSON.stringify(document),
      REPLICATION_ALARM: alarm ? "on" : "off",
      SOURCE: secret,
    },
  })
  const admin = makeClient(workerd.url, token)
  return {
    ...workerd,
    admin,
    pull: () => pullAll(() => admin.replicate()),
    pullDue: () => pullAll(() => admin.replicate(true)),
    pullInside: () =>
      pullAll(async () => {
        const response = await fetch(new URL("/bench/inside", workerd.url))
        if (!response.ok) throw new Error(`The pull failed: ${await response.text()}`)
        return (await response.json()) as ReadonlyArray<TableResult>
      }),
    takeBilled: async () => {
      const response = await fetch(new URL("/bench/billed", workerd.url))
      return (await response.json()) as { rowsRead: number; rowsWritten: number }
    },
  }
}

const pullAll = async (run: () => Promise<ReadonlyArray<TableResult>>): Promise<Pulled> => {
  const startedAt = performance.now()
  const sums = { read: 0, written: 0, pages: 0, tables: 0 }
  let more = true
  while (more) {
    const tables = await run()
    for (const table of tables) {
      if (table.error !== undefined) throw new Error(`The pull failed: ${table.error.message}`)
      sums.read += table.read
      sums.written += table.written
      sums.pages += table.pages
    }
    sums.tables = tables.length
    more = tables.some((table) => table.more)
  }
  return { ...sums, seconds: (performance.now() - startedAt) / 1000 }
}

/** The replica's entry of a PostgreSQL. */
export const postgresSource = { type: "postgres", url: { secret: "SOURCE" } }
