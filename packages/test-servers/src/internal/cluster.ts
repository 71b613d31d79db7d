import { execFile } from "node:child_process"
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import pg from "pg"
import { type Certificate, makeCertificate } from "./certificate.ts"
import { serverIdentity } from "./identity.ts"
import { freePort } from "./ports.ts"
import { type Identity, supervise, type Supervised } from "./supervise.ts"

/** Settings of postgresql.conf. */
export type ServerSettings = Readonly<Record<string, string | number>>

/** Who may log in everywhere. */
export const superuser = { host: "127.0.0.1", user: "postgres", password: "correct horse battery staple" }

/** A PostgreSQL that runs. */
export interface Cluster {
  readonly port: number
  readonly server: Supervised
  /** The authority that signed the server's certificate, as PEM, where it serves TLS. */
  readonly ca: string | undefined
}

/** A directory of a server's own, and the user that it runs as. */
export interface Home {
  readonly directory: string
  readonly identity: Identity
  /** Makes an empty folder of the server's user. */
  readonly makeFolder: (name: string) => Promise<string>
  /** Writes a file that the server's user alone can read. */
  readonly write: (name: string, content: string) => Promise<string>
}

/** Nothing here has to survive a crash. */
const fastSettings = {
  listen_addresses: superuser.host,
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: 50,
  max_wal_size: "4GB",
}

/** Starts a server in a directory of its own, which is removed where that fails. */
export const inHome = async <A>(start: (home: Home) => Promise<A>): Promise<A> => {
  const identity = await serverIdentity("postgres")
  const directory = await mkdtemp(join(tmpdir(), "test-postgres-"))
  const own = async (path: string) => {
    const { uid, gid } = identity
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
    return path
  }
  try {
    await chmod(directory, 0o755)
    return await start({
      directory,
      identity,
      makeFolder: async (name) => {
        await mkdir(join(directory, name), { mode: 0o700 })
        return own(join(directory, name))
      },
      write: async (name, content) => {
        await writeFile(join(directory, name), content, { mode: 0o600 })
        return own(join(directory, name))
      },
    })
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** Makes a cluster of its own with the programs in the folder `bin`, and runs it. */
export const startCluster = async (
  home: Home,
  bin: string,
  options: { readonly tls?: boolean; readonly settings?: ServerSettings },
): Promise<Cluster> => {
  const certificate = options.tls === true ? await makeCertificate() : undefined
  await initialise(home, bin)
  const tls = certificate === undefined ? {} : await serveTls(home, certificate)
  return { ...(await run(home, bin, { ...tls, ...options.settings })), ca: certificate?.ca }
}

const initialise = async (home: Home, bin: string) => {
  await promisify(execFile)(
    join(bin, "initdb"),
    [
      `--pgdata=${await home.makeFolder("data")}`,
      `--username=${superuser.user}`,
      `--pwfile=${await home.write("password", superuser.password)}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
      "--no-instructions",
    ],
    { ...home.identity, cwd: home.directory },
  )
}

const serveTls = async ({ write }: Home, { cert, key }: Certificate): Promise<ServerSettings> => ({
  ssl: "on",
  ssl_cert_file: await write("tls.crt", cert),
  ssl_key_file: await write("tls.key", key),
})

/**
 * Runs the server of the folder `data`, on a given port or on a free one. Another process may take the port before it does,
 * so it is tried a few times.
 */
export const run = async (
  home: Home,
  bin: string,
  settings: ServerSettings,
  at?: number,
): Promise<Omit<Cluster, "ca">> => {
  const { directory, identity } = home
  const flags = Object.entries({ ...fastSettings, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const logFile = await home.write("log", "")
  let log = ""
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = at ?? (await freePort())
    const server = supervise({
      command: join(bin, "postgres"),
      args: ["-D", join(directory, "data"), "-p", String(port), ...flags],
      identity,
      directory,
      logFile,
      stopSignal: "SIGQUIT",
    })
    if (await isUp(port, server)) return { port, server }
    log = await server.log()
    if (!log.includes("could not bind")) {
      await server.stop()
      break
    }
  }
  throw new Error(`PostgreSQL did not start:\n${log}`)
}

/** Whether a server answers at a port, before it ends or half a minute has passed. */
export const isUp = async (port: number, server: Supervised): Promise<boolean> => {
  const deadline = Date.now() + 30_000
  while (!server.exited() && Date.now() < deadline) {
    const client = new pg.Client({ ...superuser, port, database: "postgres" })
    client.on("error", () => {})
    try {
      await client.connect()
      await client.end()
      return true
    } catch {
      await sleep(20)
    }
  }
  return false
}
