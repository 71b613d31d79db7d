import pg from "pg"
import type { PostgresDatabase, PostgresServer } from "../PostgresServer.ts"
import { type Cluster, superuser } from "./cluster.ts"

/** A server as its tests see it. */
export const connectTo = ({ port, server, ca }: Cluster): PostgresServer => {
  const clients = new Map<string, Promise<pg.Client>>()
  const urlOf = (name: string) => {
    const { host, user, password } = superuser
    return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(name)}`
  }
  const connect = async (database: string) => {
    const client = new pg.Client({ ...superuser, port, database })
    client.on("error", () => clients.delete(database))
    try {
      await client.connect()
    } catch (error) {
      clients.delete(database)
      throw error
    }
    return client
  }
  const databaseNamed = (name: string): PostgresDatabase => ({
    name,
    url: urlOf(name),
    query: async (text, values) => {
      const client = clients.get(name) ?? connect(name)
      clients.set(name, client)
      const { rows } = await (await client).query({ text, ...(values && { values: [...values] }), rowMode: "array" })
      return rows
    },
  })
  const main = databaseNamed("postgres")
  return {
    ...main,
    ...superuser,
    port,
    database: main.name,
    ca,
    databaseNamed,
    stop: async () => {
      await Promise.allSettled([...clients.values()].map(async (client) => (await client).end()))
      await server.stop()
    },
  }
}

/** The same for a server that can be written. */
export const writable = (server: PostgresServer) => ({
  ...server,
  createDatabase: async (name: string) => {
    await server.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
    return server.databaseNamed(name)
  },
})
