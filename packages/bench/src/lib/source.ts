import { type Postgres, startPostgres } from "@starbase-replication/test-servers"

/** PostgreSQL with its tables in memory, as a busy database has them. */
export const startSource = (): Promise<Postgres> =>
  startPostgres({ settings: { shared_buffers: "512MB", max_wal_size: "8GB" } })
