import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import mysql from "mysql2/promise"
import { makeCertificate } from "./internal/certificate.ts"
import { mariadbBinaries } from "./internal/mariadbBinaries.ts"
import { binlogFlags, fastSettings, flagsOf, listen, login } from "./internal/mysqlServer.ts"
import type { Supervised } from "./internal/supervise.ts"

/** How to start a server. */
export interface MariadbOptions {
  /** Settings of the server, such as `{ "default-time-zone": "+05:00" }`. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Serves TLS too, with a certificate for this name, or for localhost and 127.0.0.1, of an authority of its own. */
  readonly tls?: boolean | string
  /** Keeps a binlog in rows, from which a replica may read. A server that MYSQL_URL names must do so by itself. */
  readonly binlog?: boolean
}

/** A database of a server that runs. */
export interface MariadbDatabase {
  readonly name: string
  readonly url: string
  /** Runs statements as root, several at once where they are parted by semicolons. Rows are arrays of mysql2's values. */
  readonly query: (text: string) => Promise<ReadonlyArray<ReadonlyArray<unknown>>>
}

/** A MariaDB server that runs. */
export interface Mariadb extends MariadbDatabase {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The authority that signed the server's certificate, as PEM, where it serves TLS. */
  readonly ca: string | undefined
  readonly createDatabase: (name: string) => Promise<MariadbDatabase>
  /** Ends the server and removes all that it wrote; on a server of another, the databases that were made here. */
  readonly stop: () => Promise<void>
}

interface Login {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
}

/**
 * Starts a real MariaDB of its own, on a port and in a directory of its own; it ends with this process. Where the
 * environment has MYSQL_URL and no options are given, that server is used instead.
 */
export const startMariadb = async (options: MariadbOptions = {}): Promise<Mariadb> => {
  const elsewhere = process.env["MYSQL_URL"]
  if (elsewhere !== undefined && elsewhere !== "" && !options.tls && options.settings === undefined) {
    const { hostname, port, username, password } = new URL(elsewhere)
    const other = {
      host: hostname,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }
    return describe(other, undefined, undefined)
  }
  const binaries = await mariadbBinaries()
  const directory = await mkdtemp(join(tmpdir(), "test-mariadb-"))
  try {
    const data = join(directory, "data")
    const asRoot = process.getuid?.() === 0 ? ["--user=root"] : []
    const auth = "--auth-root-authentication-method=normal"
    await promisify(execFile)(binaries.installDb, [
      "--no-defaults",
      ...asRoot,
      `--datadir=${data}`,
      // Two servers that share a folder for temporary tables take each other's.
      `--tmpdir=${directory}`,
      auth,
    ])
    await writeFile(join(directory, "log"), "")
    await writeFile(join(directory, "init.sql"), initSql)
    const certificate = options.tls ? await makeCertificate(options.tls === true ? undefined : options.tls) : undefined
    const tls: Record<string, string> = {}
    for (const [name, content] of Object.entries(certificate ?? {})) {
      await writeFile(join(directory, `tls.${name}`), content, { mode: 0o600 })
      tls[`ssl-${name}`] = join(directory, `tls.${name}`)
    }
    const settings = { ...fastSettings, ...tls, ...options.settings, "init-file": join(directory, "init.sql") }
    const args = [
      "--no-defaults",
      ...asRoot,
      `--datadir=${data}`,
      `--tmpdir=${directory}`,
      "--skip-name-resolve",
      ...(options.binlog === true ? binlogFlags : ["--skip-log-bin"]),
      ...flagsOf(settings),
    ]
    const { port, server } = await listen({ name: "MariaDB", command: binaries.server, args, directory })
    return describe({ ...login, port }, server, certificate?.ca)
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** Root alone may log in, from this machine and with the password. */
const initSql = [
  `CREATE OR REPLACE USER '${login.user}'@'${login.host}' IDENTIFIED BY '${login.password}'`,
  `GRANT ALL PRIVILEGES ON *.* TO '${login.user}'@'${login.host}' WITH GRANT OPTION`,
  `DELETE FROM mysql.global_priv WHERE user NOT LIKE 'mariadb.%' AND host <> '${login.host}'`,
  "FLUSH PRIVILEGES",
  "",
].join(";\n")

const describe = (server: Login, supervised: Supervised | undefined, ca: string | undefined): Mariadb => {
  const { host, port, user, password } = server
  const connections = new Map<string, Promise<mysql.Connection>>()
  const made: Array<string> = []
  const urlOf = (name: string) =>
    `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(name)}`
  const connect = async (database: string) => {
    const connection = await mysql.createConnection({
      ...server,
      database,
      multipleStatements: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
    })
    connection.on("error", () => connections.delete(database))
    return connection
  }
  const database = (name: string): MariadbDatabase => ({
    name,
    url: urlOf(name),
    query: async (text) => {
      const connection = connections.get(name) ?? connect(name)
      connections.set(name, connection)
      const [rows] = await (await connection).query({ sql: text, rowsAsArray: true })
      return Array.isArray(rows) ? (rows as ReadonlyArray<ReadonlyArray<unknown>>) : []
    },
  })
  const main = database("mysql")
  return {
    ...main,
    ...server,
    ca,
    createDatabase: async (name) => {
      await main.query(`CREATE DATABASE ${mysql.escapeId(name, true)}`)
      made.push(name)
      return database(name)
    },
    stop: async () => {
      if (supervised === undefined) {
        for (const name of made) await main.query(`DROP DATABASE IF EXISTS ${mysql.escapeId(name, true)}`)
      }
      await Promise.allSettled([...connections.values()].map(async (connection) => (await connection).end()))
      await supervised?.stop()
    },
  }
}
