import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { mysqlBinaries } from "./internal/mysqlBinaries.ts"
import { binlogFlags, fastSettings, flagsOf, listen, login } from "./internal/mysqlServer.ts"

/** A MySQL server that runs. */
export interface Mysql {
  /** Reaches it as root. */
  readonly url: string
  /** Ends the server and removes all that it wrote. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a real MySQL 8.0 of its own, on a port and in a directory of its own; it ends with this process. Its program
 * comes through Maven. To test against it, name it in MYSQL_URL.
 */
export const startMysql = async (): Promise<Mysql> => {
  const { server: command, base, env } = await mysqlBinaries()
  const directory = await mkdtemp(join(tmpdir(), "test-mysql-"))
  try {
    const asRoot = process.getuid?.() === 0 ? ["--user=root"] : []
    const args = [
      "--no-defaults",
      ...asRoot,
      `--basedir=${base}`,
      `--datadir=${join(directory, "data")}`,
      `--tmpdir=${directory}`,
    ]
    await promisify(execFile)(command, [...args, "--initialize-insecure"], { env: { ...process.env, ...env } })
    await writeFile(join(directory, "log"), "")
    await writeFile(join(directory, "init.sql"), initSql)
    const settings = flagsOf({
      ...fastSettings,
      "init-file": join(directory, "init.sql"),
      // Nothing that is read may depend on it.
      "default-time-zone": "+05:00",
    })
    const { port, server } = await listen({
      name: "MySQL",
      command,
      args: [...args, "--skip-name-resolve", ...binlogFlags, ...gtidFlags, "--mysqlx=OFF", ...settings],
      directory,
      env,
    })
    const { host, user, password } = login
    return { url: `mysql://${user}:${encodeURIComponent(password)}@${host}:${port}`, stop: server.stop }
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

const gtidFlags = ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"]

/** Root alone may log in, from this machine and with the password. One statement a line, as MySQL reads them. */
const initSql = [
  `CREATE USER '${login.user}'@'${login.host}' IDENTIFIED BY '${login.password}';`,
  `GRANT ALL PRIVILEGES ON *.* TO '${login.user}'@'${login.host}' WITH GRANT OPTION;`,
  "DROP USER 'root'@'localhost';",
  "",
].join("\n")
