import {
  type Postgres,
  type PostgresDatabase,
  startPostgres,
  startSupabaseLite,
  type SupabaseLite,
  type SupabaseLiteOptions,
} from "@starbase-replication/test-servers"
import { type Postgrest, startPostgrest } from "./postgrest.ts"
import { access, type Access } from "./source.ts"

/** A database behind Supabase's own small server, and behind one that reads requests by PostgREST's grammar. */
export interface Servers {
  readonly database: PostgresDatabase
  readonly lite: SupabaseLite
  readonly postgrest: Postgrest
  /** Both, with the secret key. */
  readonly both: ReadonlyArray<readonly [name: string, access: Access]>
  readonly stop: () => Promise<void>
}

/** Starts all of it on a PostgreSQL of its own. `setup` runs once the roles are there. */
export const startServers = async (setup: string, options: SupabaseLiteOptions = {}): Promise<Servers> => {
  const server: Postgres = await startPostgres({ settings: { timezone: "UTC" } })
  const lite = await startSupabaseLite(server, options)
  await server.query(setup)
  await lite.reload()
  const postgrest = await startPostgrest(server, lite)
  return {
    database: server,
    lite,
    postgrest,
    both: [
      ["lite", access(lite.url, lite.secretKey)],
      ["PostgREST's grammar", access(postgrest.url, lite.secretKey)],
    ],
    stop: async () => {
      await postgrest.stop()
      await lite.stop()
      await server.stop()
    },
  }
}
