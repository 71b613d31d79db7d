import {
  type Postgres,
  type PostgresDatabase,
  type Postgrest,
  startPostgres,
  startPostgrest,
  startSupabaseLite,
  type SupabaseLite,
  type SupabaseLiteOptions,
} from "@starbase-replication/test-servers"
import { access, type Access } from "./source.ts"

/** A database behind Supabase's own small server, and behind PostgREST. */
export interface Servers {
  readonly database: PostgresDatabase
  readonly lite: SupabaseLite
  readonly postgrest: Postgrest
  /** Both, with the secret key. */
  readonly both: ReadonlyArray<readonly [name: string, access: Access]>
  /** Has both take note of what was made or changed. */
  readonly reload: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts all of it on a PostgreSQL of its own. `setup` runs once the roles are there. */
export const startServers = async (setup: string, options: SupabaseLiteOptions = {}): Promise<Servers> => {
  // The API is asked for UTC, whatever the database has.
  const server: Postgres = await startPostgres({ settings: { timezone: "Asia/Kolkata" } })
  const lite = await startSupabaseLite(server, options)
  const postgrest = await startPostgrest(server, options)
  const reload = async () => {
    await lite.reload()
    await postgrest.reload()
  }
  await server.query(setup)
  await reload()
  return {
    database: server,
    lite,
    postgrest,
    both: [
      ["lite", access(lite.url, lite.secretKey)],
      ["PostgREST", access(postgrest.url, postgrest.secretKey)],
    ],
    reload,
    stop: async () => {
      await postgrest.stop()
      await lite.stop()
      await server.stop()
    },
  }
}
