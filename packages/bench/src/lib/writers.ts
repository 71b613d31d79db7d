import type { Postgres } from "@starbase-replication/test-servers"
import pg from "pg"

/** Connections that write the table `elsewhere`, as fast as they can, one row a transaction, until they are stopped. */
export const startWriters = async (server: Postgres, count: number): Promise<() => Promise<void>> => {
  let isOver = false
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new pg.Client(server.url)
      await client.connect()
      return client
    }),
  )
  const working = clients.map(async (client) => {
    while (!isOver) await client.query("INSERT INTO elsewhere VALUES (1)")
    await client.end()
  })
  return async () => {
    isOver = true
    await Promise.all(working)
  }
}
