import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import mysql from "mysql2/promise"
import { freePort } from "./ports.ts"
import { supervise, type Supervised } from "./supervise.ts"

/** Who may log in to a server that runs here. */
export const login = { host: "127.0.0.1", user: "root", password: "correct horse battery staple" }

/** Settings that MariaDB and MySQL share. Nothing here has to survive a crash. */
export const fastSettings = {
  "bind-address": login.host,
  socket: "socket",
  "pid-file": "pid",
  "innodb-flush-log-at-trx-commit": 0,
  "innodb-doublewrite": 0,
  "innodb-log-file-size": "32M",
  "innodb-buffer-pool-size": "64M",
  "character-set-server": "utf8mb4",
  "max-allowed-packet": "64M",
}

/** Has a server keep a binlog that a replica can follow. */
export const binlogFlags = ["--log-bin=binlog", "--server-id=1", "--binlog-format=ROW", "--binlog-row-image=FULL"]

/** Settings as arguments of a program. */
export const flagsOf = (settings: Readonly<Record<string, string | number>>): ReadonlyArray<string> =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`)

/** A server to run, and the folders of its own. */
export interface MysqlProgram {
  /** What to call it in errors. */
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a server. Another process may take the free port before it does, so a few are tried. */
export const listen = async ({ name, command, args, directory, env }: MysqlProgram) => {
  let log = ""
  for (let attempt = 0; attempt < 3; attempt++) {
    const port = await freePort()
    const server = supervise({
      command,
      args: [...args, `--port=${port}`],
      identity: {},
      directory,
      logFile: join(directory, "log"),
      stopSignal: "SIGKILL",
      ...(env && { env }),
    })
    if (await isUp(port, server)) return { port, server }
    log = await server.log()
    if (!log.includes("Address already in use")) {
      await server.stop()
      break
    }
  }
  throw new Error(`${name} did not start:\n${log}`)
}

const isUp = async (port: number, server: Supervised): Promise<boolean> => {
  const deadline = Date.now() + 60_000
  while (!server.exited() && Date.now() < deadline) {
    try {
      const connection = await mysql.createConnection({ ...login, port })
      await connection.end()
      return true
    } catch {
      await sleep(20)
    }
  }
  return false
}
