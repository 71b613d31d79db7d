import {
  postgresDialect,
  type SourceHarness,
  sqlTables,
  type StartSource,
  type TypeCase,
  without,
} from "@starbase-replication/connector-testing"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../../src/index.ts"
import { type Servers, startServers } from "./servers.ts"

/** One type of each canonical kind; every other one is in types.test.ts. */
const types: ReadonlyArray<TypeCase> = [
  ["smallint", "integer", ["-32768", "0", "32767"]],
  ["bigint", "integer", ["-9223372036854775808", "9007199254740993", "9223372036854775807"]],
  ["numeric", "decimal", ["0.1000", "-12345678901234567890.123456789012345678901234567890", "NaN"]],
  ["double precision", "real", ["0.1", "5e-324", "0.30000000000000004", "NaN", "Infinity"]],
  [
    "boolean",
    "boolean",
    [
      ["false", "0"],
      ["true", "1"],
    ],
  ],
  ["text", "text", ["", " ", "NULL", "tab\tnew\nline\\ 'quotes\"", "\u{1F600} e\u0301 \u{10FFFF}"]],
  [
    "bytea",
    "blob",
    [
      ["\\x", ""],
      ["\\x00ff10", "00ff10"],
    ],
  ],
  ["date", "date", ["0001-01-01", "9999-12-31", "4713-01-01 BC", "infinity"]],
  [
    "time",
    "time",
    [
      ["24:00:00", "24:00:00.000000"],
      ["12:34:56.789", "12:34:56.789000"],
    ],
  ],
  ["timestamp", "timestamp", [["0001-01-01 00:00:00.5", "0001-01-01T00:00:00.500000"], "infinity"]],
  ["timestamptz", "timestamptz", [["2024-02-29 12:00:00.000001+05:30", "2024-02-29T06:30:00.000001Z"], "-infinity"]],
  ["json", "json", ['{ "b" : 1,  "b":2, "n": 9007199254740993.10 }', "null"]],
  ["uuid", "text", ["00000000-0000-0000-0000-000000000000"]],
  ["interval", "text", ["1 year 2 mons -3 days +04:05:06.789"]],
  ["integer[]", "json", [["{1,NULL,-2147483648}", "[1,null,-2147483648]"]]],
]

const setup = `
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO service_role;
  CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(60) IS NULL AS v;
  GRANT SELECT ON slow TO service_role`

/** What a server of its own has, of the rest of the harness. */
type Own = Partial<SourceHarness> & { readonly noBinary?: string }

/** Starts one of the servers for the kit; `own` tells what it is without. */
export const startSuite =
  (which: "lite" | "postgrest", own: (servers: Servers) => Own): StartSource =>
  async (atEnd) => {
    const servers = await startServers(setup, { statementTimeout: 3000 })
    atEnd(servers.stop)
    const { database, lite } = servers
    const base = new URL(servers[which].url)
    const open = (more: Partial<Settings> = {}, key = lite.secretKey) =>
      layer({ type: "supabase", url: base.href, key: { secret: "KEY" }, ...more }, () => Redacted.make(key))
    const impatient = { requestTimeout: "400 millis" }
    const { quote } = postgresDialect
    const { noBinary, ...rest } = own(servers)
    const tables = sqlTables(postgresDialect, { schema: "public", execute: database.query, made: lite.reload })
    return {
      source: open(),
      tables: {
        ...tables,
        ...(noBinary === undefined ? {} : { kinds: { ...tables.kinds, binary: without(noBinary) } }),
        // The API does not tell a view into which rows can be inserted from a table.
        createView: async (name, of) => {
          await database.query(`CREATE VIEW public.${quote(name)} AS SELECT DISTINCT * FROM public.${quote(of.name)}`)
          await lite.reload()
        },
        keyOrder: without("the API gives a key's columns in the table's order"),
        uniqueIndexes: without("the API tells of primary keys alone"),
      },
      secrets: [lite.secretKey],
      types,
      network: {
        host: base.hostname,
        port: Number(base.port),
        connections: "shared",
        open: ({ host, port, timeoutMillis }) =>
          open({ url: `http://${host}:${port}`, ...(timeoutMillis === undefined ? {} : impatient) }),
      },
      wrongPassword: open({}, "sb_secret_wrong"),
      wrongDatabase: open({ schema: "gone" }),
      misconfigured: [open({ url: `http://user:${lite.secretKey}@127.0.0.1` })],
      forbid: async ({ name }) => {
        await database.query(`REVOKE SELECT ON public.${quote(name)} FROM service_role`)
      },
      slow: { table: { name: "slow" }, source: open(impatient) },
      begin: without("the API does not tell which transactions are in flight"),
      ...rest,
    }
  }

/** What stands in JSON before all other names of an object, and what PostgREST takes for all columns. */
export const isUnordered = (name: string): boolean => /^\d+$/.test(name) || name === "*"
