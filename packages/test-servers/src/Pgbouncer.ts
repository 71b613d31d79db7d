import { writeFile } from "node:fs/promises"
import { type Home, inHome, isUp, superuser } from "./internal/cluster.ts"
import { connectTo } from "./internal/databases.ts"
import { fromDebian } from "./internal/debianPackage.ts"
import { freePort } from "./internal/ports.ts"
import { supervise } from "./internal/supervise.ts"
import { which } from "./internal/which.ts"
import type { PostgresServer } from "./PostgresServer.ts"

/**
 * Starts a PgBouncer before a server, on a port and in a directory of its own; it ends with this process. Each transaction
 * gets a connection of two, whichever is free, as in its transaction mode. Its databases are those of the server.
 */
export const startPgbouncer = async (server: PostgresServer): Promise<PostgresServer> => {
  const command = await fromDebian("pgbouncer", "PgBouncer", () => which("pgbouncer"))
  return inHome(async (home) => {
    let log = ""
    // Another process may take the free port first.
    for (let attempt = 0; attempt < 3; attempt++) {
      const port = await freePort()
      const pooler = supervise({
        command,
        args: [await configure(home, server, port)],
        identity: home.identity,
        directory: home.directory,
        logFile: await home.write("log", ""),
        stopSignal: "SIGKILL",
      })
      if (await isUp(port, pooler)) return connectTo({ port, server: pooler, ca: undefined })
      log = await pooler.log()
      if (!log.includes("in use")) {
        await pooler.stop()
        break
      }
    }
    throw new Error(`PgBouncer did not start:\n${log}`)
  })
}

const configure = async (home: Home, { host, port }: PostgresServer, own: number): Promise<string> => {
  const users = await home.write("users", `"${superuser.user}" "${superuser.password}"\n`)
  const path = await home.write("pgbouncer.ini", "")
  await writeFile(
    path,
    `[databases]
* = host=${host} port=${port}
[pgbouncer]
listen_addr = ${superuser.host}
listen_port = ${own}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
`,
  )
  return path
}
