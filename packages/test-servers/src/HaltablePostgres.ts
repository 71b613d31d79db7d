import { execFile } from "node:child_process"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { debianPrograms } from "./DebianPostgres.ts"
import { inHome, run, type ServerSettings, startCluster } from "./internal/cluster.ts"
import { connectTo, writable } from "./internal/databases.ts"
import type { Supervised } from "./internal/supervise.ts"
import type { Postgres } from "./PostgresServer.ts"

/** The files of a server that does not run. */
export interface HaltedCluster {
  /** Runs one of PostgreSQL's programs on the data directory, such as pg_resetwal, with the given arguments before it. */
  readonly program: (name: string, args: ReadonlyArray<string>) => Promise<void>
  /** Keeps a copy of all files. */
  readonly keep: () => Promise<void>
  /** Puts the kept copy back in place of the files. */
  readonly putBack: () => Promise<void>
}

/** A PostgreSQL that can be stopped and started again. */
export interface HaltablePostgres extends Postgres {
  /** Ends the server in peace, does something to its files, and starts it again on the same port. */
  readonly whileHalted: (work: (cluster: HaltedCluster) => Promise<void>) => Promise<void>
}

/** Starts a PostgreSQL of Debian's own package, which has all programs that work on the files of a server. */
export const startHaltablePostgres = async (settings: ServerSettings = {}): Promise<HaltablePostgres> => {
  const bin = await debianPrograms()
  return inHome(async (home) => {
    const [data, kept] = [join(home.directory, "data"), join(home.directory, "kept")]
    const copy = async (from: string, to: string) => {
      await rm(to, { recursive: true, force: true })
      // With owners and modes, which the server insists on.
      await promisify(execFile)("cp", ["-a", from, to])
    }
    const first = await startCluster(home, bin, { settings })
    const servers: Array<Supervised> = [first.server]
    // The last one's processes use the directory, which the supervisor of each of them removes.
    const stop = async () => {
      for (const server of servers.toReversed()) await server.stop()
    }
    const postgres = writable(connectTo({ ...first, server: { ...first.server, stop } }))
    return {
      ...postgres,
      whileHalted: async (work) => {
        const [pid] = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n")
        // What is connected is ended, and a checkpoint written.
        process.kill(Number(pid), "SIGINT")
        const deadline = Date.now() + 30_000
        while (servers.at(-1)?.exited() !== true) {
          if (Date.now() > deadline) throw new Error(`PostgreSQL did not end:\n${await servers.at(-1)?.log()}`)
          await sleep(5)
        }
        await work({
          program: async (name, args) => {
            await promisify(execFile)(join(bin, name), [...args, data], { ...home.identity, cwd: home.directory })
          },
          keep: () => copy(data, kept),
          putBack: () => copy(kept, data),
        })
        servers.push((await run(home, bin, settings, postgres.port)).server)
      },
    }
  })
}
