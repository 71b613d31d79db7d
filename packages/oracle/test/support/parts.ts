import { type Postgres, startPostgres, startTcpProxy, type TcpProxy } from "@starbase-replication/test-servers"
import type { Execute } from "@starbase-replication/sink-sqlite"
import { expect } from "vitest"
import { startWorkerd, type Workerd, type WorkerdObject } from "../../src/Workerd.ts"

/** A real PostgreSQL behind a proxy, and a real workerd. */
export interface Parts {
  readonly server: Postgres
  readonly proxy: TcpProxy
  /** The server's address by way of the proxy. */
  readonly url: string
  readonly workerd: Workerd
  /** A database of its own. */
  readonly object: () => WorkerdObject
  readonly stop: () => Promise<void>
}

export const startParts = async (): Promise<Parts> => {
  const [server, workerd] = await Promise.all([startPostgres(), startWorkerd()])
  const proxy = await startTcpProxy(server)
  const url = new URL(server.url)
  url.port = String(proxy.port)
  let objects = 0
  return {
    server,
    proxy,
    url: url.href,
    workerd,
    object: () => workerd.object(`object ${objects++}`),
    stop: async () => {
      await proxy.stop()
      await Promise.all([server.stop(), workerd.stop()])
    },
  }
}

/** Makes a table `name` whose keys are 1 to `count`. */
export const makeItems = (server: Postgres, name: string, count: number) =>
  server.query(
    `CREATE TABLE ${name} (id int PRIMARY KEY, text text);
    INSERT INTO ${name} SELECT i, 'row ' || i || repeat('x', i % 50) FROM generate_series(1, ${count}) i`,
  )

/**
 * Where a load of {@link makeItems} stands, in rows. Whatever has happened, they are the first ones and as many as the
 * position says, or all once the load was complete.
 */
export const rowsOf = async (execute: Execute, name: string, count: number): Promise<number> => {
  const [found] = await execute("SELECT count(*) FROM sqlite_master WHERE name = ?", [name])
  if (found?.[0] !== 1) return 0
  // One statement, because a Worker's alarm may go on with the load in between two.
  const [row] = await execute(
    `SELECT (SELECT count(*) FROM "${name}"), (SELECT coalesce(max(id), 0) FROM "${name}"), position, synced_at
      FROM tmp_replication_tables WHERE name = ?`,
    [name],
  )
  const [rows, last, at, syncedAt] = row ?? []
  const position = JSON.parse(String(at ?? "null")) as {
    readonly after: ReadonlyArray<string> | null
    readonly startedAt: number
  } | null
  // With its last page the position is that of a sweep yet to begin, before the run's end is noted.
  const isComplete = syncedAt !== null || position?.startedAt === 0
  const passed = isComplete ? count : Number(position?.after?.[0] ?? 0)
  expect([rows, last]).toEqual([passed, passed])
  return passed
}
