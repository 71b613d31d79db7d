import {
  postgresDialect,
  postgresTypes,
  type SourceHarness,
  sqlTables,
  type StartSource,
  without,
} from "@starbase-replication/connector-testing"
import { type PostgresDatabase, startPostgres } from "@starbase-replication/test-servers"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../../src/index.ts"

const setup = `
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO service_role;
  CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(60) IS NULL AS v;
  GRANT SELECT ON slow TO service_role`

/** An API that runs on a database. */
interface Api {
  readonly url: string
  readonly secretKey: string
  readonly reload: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** What a server of its own has, of the rest of the harness. */
type Own = Partial<SourceHarness> & { readonly noBinary?: string }

/** Starts an API for the kit, on a PostgreSQL of its own; the rest tells what it is without. */
export const startSuite =
  (start: (database: PostgresDatabase) => Promise<Api>, { noBinary, ...own }: Own): StartSource =>
  async (atEnd) => {
    // The API is asked for UTC, whatever the database has.
    const database = await startPostgres({ settings: { timezone: "Asia/Kolkata" } })
    atEnd(database.stop)
    const api = await start(database)
    atEnd(api.stop)
    await database.query(setup)
    await api.reload()
    const base = new URL(api.url)
    const open = (more: Partial<Settings> = {}, key = api.secretKey) =>
      layer({ type: "supabase", url: base.href, key: { secret: "KEY" }, ...more }, () => Redacted.make(key))
    const impatient = { requestTimeout: "400 millis" }
    const { quote } = postgresDialect
    const tables = sqlTables(postgresDialect, { schema: "public", execute: database.query, made: api.reload })
    return {
      source: open(),
      tables: {
        ...tables,
        ...(noBinary === undefined ? {} : { kinds: { ...tables.kinds, binary: without(noBinary) } }),
        // The API does not tell a view into which rows can be inserted from a table.
        createView: async (name, of) => {
          await database.query(`CREATE VIEW public.${quote(name)} AS SELECT DISTINCT * FROM public.${quote(of.name)}`)
          await api.reload()
        },
        keyOrder: without("the API gives a key's columns in the table's order"),
        uniqueIndexes: without("the API tells of primary keys alone"),
      },
      secrets: [api.secretKey],
      types: postgresTypes,
      network: {
        host: base.hostname,
        port: Number(base.port),
        connections: "shared",
        open: ({ host, port, timeoutMillis }) =>
          open({ url: `http://${host}:${port}`, ...(timeoutMillis === undefined ? {} : impatient) }),
      },
      wrongPassword: open({}, "sb_secret_wrong"),
      wrongDatabase: open({ schema: "gone" }),
      misconfigured: [open({ url: `http://user:${api.secretKey}@127.0.0.1` })],
      forbid: async ({ name }) => {
        await database.query(`REVOKE SELECT ON public.${quote(name)} FROM service_role`)
      },
      slow: { table: { name: "slow" }, source: open(impatient) },
      begin: without("the API does not tell which transactions are in flight"),
      ...own,
    }
  }

/** What stands in JSON before all other names of an object, and what PostgREST takes for all columns. */
export const isUnordered = (name: string): boolean => /^\d+$/.test(name) || name === "*"
