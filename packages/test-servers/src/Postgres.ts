import { join } from "node:path"
import { inHome, type ServerSettings, startCluster } from "./internal/cluster.ts"
import { connectTo, writable } from "./internal/databases.ts"
import { installPostgres } from "./internal/postgresBinaries.ts"

/** How to start a server. */
export interface PostgresOptions {
  /** Settings of postgresql.conf, such as `{ wal_level: "logical" }`. */
  readonly settings?: ServerSettings
  /** Serves TLS too, with a certificate for localhost and 127.0.0.1 of an authority of its own. */
  readonly tls?: boolean
}

/** A database of a server that runs. */
export interface PostgresDatabase {
  readonly name: string
  readonly url: string
  /** Runs statements as the superuser; without values, several at once. Rows are arrays of pg's values. */
  readonly query: (text: string, values?: ReadonlyArray<unknown>) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
}

/** A PostgreSQL server that runs. */
export interface PostgresServer extends PostgresDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** The authority that signed the server's certificate, as PEM, where it serves TLS. */
  readonly ca: string | undefined
  /** A database that is there. */
  readonly databaseNamed: (name: string) => PostgresDatabase
  /** Ends the server and removes all that it wrote. */
  readonly stop: () => Promise<void>
}

/** A PostgreSQL server that can be written. */
export interface Postgres extends PostgresServer {
  readonly createDatabase: (name: string) => Promise<PostgresDatabase>
}

/** Starts a real PostgreSQL 18 of its own, on a port and in a directory of its own. It ends with this process. */
export const startPostgres = (options: PostgresOptions = {}): Promise<Postgres> =>
  inHome(async (home) => {
    await installPostgres(join(home.directory, "native"))
    return writable(connectTo(await startCluster(home, join(home.directory, "native", "bin"), options)))
  })
