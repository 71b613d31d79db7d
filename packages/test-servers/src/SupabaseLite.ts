import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { openApiDocument } from "./internal/openApi.ts"
import { opaqueKeys } from "./internal/supabaseKeys.ts"
import { makeRoles } from "./internal/supabaseRoles.ts"
import type { PostgresDatabase } from "./PostgresServer.ts"

/** How to start the server. */
export interface SupabaseLiteOptions {
  /** The schemas that the API serves; public alone without them. The first one is the default. */
  readonly schemas?: ReadonlyArray<string>
  /** No answer has more rows than this; 1000 without it, as on Supabase. */
  readonly maxRows?: number
  /** Milliseconds after which the database gives a statement up. */
  readonly statementTimeout?: number
}

/** A Supabase API that runs. */
export interface SupabaseLite {
  /** The project's URL, as supabase-js takes it. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Its role is service_role, which passes by row level security. */
  readonly secretKey: string
  /** Its role is anon. */
  readonly publishableKey: string
  /** Takes note of tables that were made or changed, as `NOTIFY pgrst` makes PostgREST do. */
  readonly reload: () => Promise<void>
  /** The paths and queries that were asked for since the last call. */
  readonly takeRequests: () => ReadonlyArray<string>
  /** Called with each request; what it gives is answered in place of the server's own answer. */
  fault: ((request: Request) => Response | Promise<Response> | undefined) | undefined
  readonly stop: () => Promise<void>
}

const host = "127.0.0.1"
const root = "/rest/v1/"

/**
 * Starts `@supabase/lite`, Supabase's own small server, on a database. Makes the schemas that are not there, and the
 * roles anon, authenticated and service_role. As on Supabase, these may use the schemas and nothing in them: a test grants
 * what it needs.
 */
export const startSupabaseLite = async (
  database: PostgresDatabase,
  options: SupabaseLiteOptions = {},
): Promise<SupabaseLite> => {
  const { schemas = ["public"], maxRows = 1000, statementTimeout = 0 } = options
  // Loaded here, because most tests need none of it.
  const { App } = await import("@supabase/lite")
  const { createPostgresConnection } = await import("@supabase/lite/postgres")
  const { serve } = await import("@hono/node-server")
  await prepare(database, schemas)
  const connection = createPostgresConnection({
    url: database.url,
    postgresOptions: {
      // Supabase looks for types and operators in these too.
      connection: { statement_timeout: statementTimeout, search_path: "public, extensions" },
      onnotice: () => {},
    },
  })
  await connection.withContext({ auth: { role: "anon" } }, async () => {})
  const app = new App({
    connection,
    api: { enabled: true, schemas: [...schemas], max_rows: maxRows },
    auth: { enabled: false, publishable_key: opaqueKeys.publishable, secret_key: opaqueKeys.secret },
  })

  const requests: Array<string> = []
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    requests.push(`${pathname}${search}`)
    const faulty = await lite.fault?.(request)
    if (faulty !== undefined) return faulty
    const response = await app.fetch(request, { peerAddress: null })
    // Its own document is a sample that describes no table.
    if (pathname !== root || response.status !== 200) return response
    const schema = request.headers.get("accept-profile") ?? schemas[0] ?? "public"
    if (!schemas.includes(schema)) return unknownSchema(schema, schemas)
    return Response.json(await openApiDocument(database, schema, "service_role"))
  }
  const server = serve({ hostname: host, port: 0, fetch: answer })
  if (!server.listening) await once(server, "listening")
  const { port } = server.address() as AddressInfo

  const lite: SupabaseLite = {
    url: `http://${host}:${port}`,
    host,
    port,
    secretKey: opaqueKeys.secret,
    publishableKey: opaqueKeys.publishable,
    fault: undefined,
    reload: async () => {
      await connection.introspect({ useCache: false })
    },
    takeRequests: () => requests.splice(0),
    stop: async () => {
      const closed = once(server, "close")
      server.close()
      if ("closeAllConnections" in server) server.closeAllConnections()
      await closed
      await connection.close()
    },
  }
  return lite
}

const unknownSchema = (schema: string, schemas: ReadonlyArray<string>): Response =>
  Response.json(
    {
      code: "PGRST106",
      message: `Invalid schema: ${schema}`,
      details: null,
      hint: `Only the following schemas are exposed: ${schemas.join(", ")}`,
    },
    { status: 406 },
  )

/**
 * Lite takes on the role of a request only where it found a table with row level security when it was first asked, and
 * then grants everything in that table's schema to all roles: a schema of its own keeps that away from the tests' tables.
 */
const prepare = async (database: PostgresDatabase, schemas: ReadonlyArray<string>) => {
  await makeRoles(database, schemas)
  await database.query(`
    CREATE SCHEMA IF NOT EXISTS supabase_lite;
    CREATE TABLE IF NOT EXISTS supabase_lite.marker ();
    ALTER TABLE supabase_lite.marker ENABLE ROW LEVEL SECURITY;
  `)
}
