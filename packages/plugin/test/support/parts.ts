import {
  type Postgres,
  type PostgresDatabase,
  type SqliteObject,
  type SqliteObjects,
  startPostgres,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import pg from "pg"
import { type InstanceOptions, makeInstance } from "./instance.ts"

/** A real PostgreSQL and a real workerd, for one test file. */
export interface Parts {
  readonly server: Postgres
  readonly objects: SqliteObjects
  /** A client of the source's superuser. */
  readonly client: pg.Client
  /** An instance with a database of its own that replicates these tables of the source `shop`. */
  readonly instance: (tables: ReadonlyArray<object>, more?: Overrides) => Instance
  /** The same database under another config. */
  readonly reopen: (instance: Instance, tables: ReadonlyArray<object>, more?: Overrides) => Instance
  /** A database of its own at the source, with a user who may read nothing yet. */
  readonly database: (name: string) => Promise<PostgresDatabase & { readonly user: string }>
  readonly urlOf: (database: string, user: string) => string
  readonly stop: () => Promise<void>
}

/** What differs from a plain instance; `document` is more of the replication document. */
export interface Overrides extends Partial<InstanceOptions> {
  readonly document?: object
  /** The log that the source `shop` is followed by. */
  readonly log?: object
}

/** An instance under test. */
export interface Instance extends ReturnType<typeof makeInstance> {
  readonly object: SqliteObject
  /** Runs SQL in the replica. */
  readonly query: (sql: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
}

export const startParts = async (settings: Readonly<Record<string, string>> = {}): Promise<Parts> => {
  const [server, objects] = await Promise.all([startPostgres({ settings }), startSqliteObjects()])
  const client = new pg.Client(server.url)
  await client.connect()
  const open = (
    object: SqliteObject,
    tables: ReadonlyArray<object>,
    { document, log, ...more }: Overrides = {},
  ): Instance => {
    const made = makeInstance(object.execute, {
      config: {
        ...document,
        sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" }, ...(log === undefined ? {} : { log }) } },
        tables: tables.map((table) => ({ source: "shop", ...table })),
      },
      secrets: { SHOP_URL: server.url },
      ...more,
    })
    return { ...made, object, query: (sql) => object.execute(sql, []) }
  }
  return {
    server,
    objects,
    client,
    instance: (tables, more) => open(objects.object(), tables, more),
    reopen: ({ object }, tables, more) => open(object, tables, more),
    database: async (name) => {
      const database = await server.createDatabase(name)
      const user = `reader_${name}`
      await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'reader'`)
      return { ...database, user }
    },
    urlOf: (database, user) => `postgres://${user}:reader@${server.host}:${server.port}/${database}`,
    stop: async () => {
      await client.end()
      await Promise.all([server.stop(), objects.stop()])
    },
  }
}
