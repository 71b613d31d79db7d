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

/** Where a version's programs are, and what its extensions are told by: on Debian, and with Homebrew. */
const places = (version: string): ReadonlyArray<{ readonly bin: string; readonly share: string }> => [
  { bin: `/usr/lib/postgresql/${version}/bin`, share: `/usr/share/postgresql/${version}` },
  ...["/opt/homebrew", "/usr/local"].map((brew) => {
    const keg = `${brew}/opt/postgresql@${version}`
    return { bin: `${keg}/bin`, share: `${keg}/share/postgresql@${version}` }
  }),
]

/** The folder of the newest version that is installed. */
const findPrograms = async (): Promise<string | undefined> => {
  const folders = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])))
  const installed = names.flat().flatMap((name) => /^(?:postgresql@)?(\d+)$/.exec(name)?.[1] ?? [])
  for (const version of installed.toSorted((a, b) => Number(b) - Number(a))) {
    for (const { bin, share } of places(version)) {
      const parts = [`${bin}/initdb`, `${bin}/postgres`, `${share}/extension/postgres_fdw.control`]
      const isThere = await Promise.all(parts.map((part) => access(part))).then(
        () => true,
        () => false,
      )
      if (isThere) return bin
    }
  }
  return undefined
}
