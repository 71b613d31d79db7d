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
