import { join } from "node:path"
import { inHome, type ServerSettings, startCluster } from "./internal/cluster.ts"
import { connectTo, writable } from "./internal/databases.ts"
import { installPostgres } from "./internal/postgresBinaries.ts"
import type { Postgres } from "./PostgresServer.ts"

/** How to start a server. */
export interface PostgresOptions {
  /** Settings of postgresql.conf, such as `{ wal_level: "logical" }`. */
  readonly settings?: ServerSettings
  /** Serves TLS too, with a certificate for localhost and 127.0.0.1 of an authority of its own. */
  readonly tls?: boolean
}

/** Starts a real PostgreSQL 18 of its own, on a port and in a directory of its own. It ends with this process. */
export const startPostgres = (options: PostgresOptions = {}): Promise<Postgres> =>
  inHome(async (home) => {
    await installPostgres(join(home.directory, "native"))
    return writable(connectTo(await startCluster(home, join(home.directory, "native", "bin"), options)))
  })
