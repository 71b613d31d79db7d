import { access, readdir } from "node:fs/promises"
import { startCluster, inHome } from "./internal/cluster.ts"
import { connectTo, writable } from "./internal/databases.ts"
import { fromDebian } from "./internal/debianPackage.ts"
import type { PostgresOptions } from "./Postgres.ts"
import type { Postgres } from "./PostgresServer.ts"

/**
 * Starts a PostgreSQL of Debian's own package, which is version 15 on Debian 12, on a port and in a directory of its own.
 * Unlike {@link startPostgres}' it has all of contrib, `postgres_fdw` among it. It ends with this process.
 */
export const startDebianPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const bin = await debianPrograms()
  return inHome(async (home) => writable(connectTo(await startCluster(home, bin, options))))
}

/** The folder with the programs of Debian's package, which has all of them. */
export const debianPrograms = (): Promise<string> =>
  fromDebian("postgresql", "Debian's PostgreSQL with postgres_fdw", findPrograms)

/** The folder of the newest version that is installed. */
const findPrograms = async (): Promise<string | undefined> => {
  const installed = await readdir("/usr/lib/postgresql").catch(() => [])
  for (const version of installed.toSorted((a, b) => Number(b) - Number(a))) {
    const bin = `/usr/lib/postgresql/${version}/bin`
    const parts = [
      `${bin}/initdb`,
      `${bin}/postgres`,
      `/usr/share/postgresql/${version}/extension/postgres_fdw.control`,
    ]
    const isThere = await Promise.all(parts.map((part) => access(part))).then(
      () => true,
      () => false,
    )
    if (isThere) return bin
  }
  return undefined
}
