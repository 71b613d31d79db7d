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
  const [state] = await execute("SELECT position, synced_at FROM tmp_replication_tables WHERE name = ?", [name])
  const [rows] = await execute(`SELECT count(*), coalesce(max(id), 0) FROM "${name}"`, [])
  const position = JSON.parse(String(state?.[0] ?? "null")) as { readonly after: ReadonlyArray<string> | null } | null
  const passed = state?.[1] === null ? Number(position?.after?.[0] ?? 0) : count
  expect(rows).toEqual([passed, passed])
  return passed
}
