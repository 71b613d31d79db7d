import { execFile } from "node:child_process"
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import pg from "pg"
import { type Certificate, makeCertificate } from "./internal/certificate.ts"
import { serverIdentity } from "./internal/identity.ts"
import { freePort } from "./internal/ports.ts"
import { installPostgres } from "./internal/postgresBinaries.ts"
import { type Identity, supervise, type Supervised } from "./internal/supervise.ts"

/** How to start a server. */
export interface PostgresOptions {
  /** Settings of postgresql.conf, such as `{ wal_level: "logical" }`. */
  readonly settings?: Readonly<Record<string, string | number>>
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
export interface Postgres extends PostgresDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** The authority that signed the server's certificate, as PEM, where it serves TLS. */
  readonly ca: string | undefined
  readonly createDatabase: (name: string) => Promise<PostgresDatabase>
  /** Ends the server and removes all that it wrote. */
  readonly stop: () => Promise<void>
}

const host = "127.0.0.1"
const user = "postgres"
const password = "correct horse battery staple"

/** Nothing here has to survive a crash. */
const fastSettings = {
  listen_addresses: host,
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: 50,
  max_wal_size: "4GB",
}

/** Starts a real PostgreSQL 18 of its own, on a port and in a directory of its own. It ends with this process. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const identity = await serverIdentity("postgres")
  const directory = await mkdtemp(join(tmpdir(), "test-postgres-"))
  try {
    const certificate = options.tls === true ? await makeCertificate() : undefined
    await initialise(directory, identity, certificate)
    const tls = certificate === undefined ? {} : { ssl: "on", ssl_cert_file: "../tls.crt", ssl_key_file: "../tls.key" }
    const settings = { ...fastSettings, ...tls, ...options.settings }
    const { port, server } = await listen(directory, identity, settings)
    return describe(port, server, certificate?.ca)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

const initialise = async (directory: string, identity: Identity, certificate: Certificate | undefined) => {
  const write = async (name: string, content: string) => {
    await writeFile(join(directory, name), content, { mode: 0o600 })
    await own(join(directory, name), identity)
  }
  await chmod(directory, 0o755)
  await installPostgres(join(directory, "native"))
  await mkdir(join(directory, "data"))
  await own(join(directory, "data"), identity)
  await write("password", password)
  await write("log", "")
  if (certificate !== undefined) {
    await write("tls.crt", certificate.cert)
    await write("tls.key", certificate.key)
  }
  await promisify(execFile)(
    join(directory, "native", "bin", "initdb"),
    [
      `--pgdata=${join(directory, "data")}`,
      `--username=${user}`,
      `--pwfile=${join(directory, "password")}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
      "--no-instructions",
    ],
    { ...identity, cwd: directory },
  )
}

const own = async (path: string, { uid, gid }: Identity) => {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}

/** Another process may take the free port before the server does, so a few are tried. */
const listen = async (directory: string, identity: Identity, settings: Readonly<Record<string, string | number>>) => {
  let log = ""
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = await freePort()
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const server = supervise({
      command: join(directory, "native", "bin", "postgres"),
      args: ["-D", join(directory, "data"), "-p", String(port), ...flags],
      identity,
      directory,
      logFile: join(directory, "log"),
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

const isUp = async (port: number, server: Supervised): Promise<boolean> => {
  const deadline = Date.now() + 30_000
  while (!server.exited() && Date.now() < deadline) {
    const client = new pg.Client({ host, port, user, password, database: "postgres" })
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

const describe = (port: number, server: Supervised, ca: string | undefined): Postgres => {
  const clients = new Map<string, Promise<pg.Client>>()
  const urlOf = (name: string) =>
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(name)}`
  const connect = async (database: string) => {
    const client = new pg.Client({ host, port, user, password, database })
    client.on("error", () => clients.delete(database))
    try {
      await client.connect()
    } catch (error) {
      clients.delete(database)
      throw error
    }
    return client
  }
  const database = (name: string): PostgresDatabase => ({
    name,
    url: urlOf(name),
    query: async (text, values) => {
      const client = clients.get(name) ?? connect(name)
      clients.set(name, client)
      const { rows } = await (await client).query({ text, ...(values && { values: [...values] }), rowMode: "array" })
      return rows
    },
  })
  const main = database("postgres")
  return {
    ...main,
    host,
    port,
    user,
    password,
    database: main.name,
    ca,
    createDatabase: async (name) => {
      await main.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
      return database(name)
    },
    stop: async () => {
      await Promise.allSettled([...clients.values()].map(async (client) => (await client).end()))
      await server.stop()
    },
  }
}
