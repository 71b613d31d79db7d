import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { which } from "./which.ts"

/** The programs of a MariaDB server. */
export interface MariadbBinaries {
  readonly server: string
  readonly installDb: string
}

const install =
  "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mariadb-server"

/** Finds MariaDB's programs, on Debian after installing them where this process is root. */
export const mariadbBinaries = async (): Promise<MariadbBinaries> => {
  const found = await find()
  if (found !== undefined) return found
  const canInstall = process.getuid?.() === 0 && (await which("apt-get")) !== undefined
  if (canInstall) await installOnce().catch(() => {})
  const installed = canInstall ? await find() : undefined
  if (installed === undefined) throw new Error(`MariaDB's mariadbd is not installed; run as root: ${install}`)
  return installed
}

/** Another process may want the same at the same time: the second waits for the first. */
const installOnce = () =>
  promisify(execFile)(
    "flock",
    [
      join(tmpdir(), "starbase-replication-apt.lock"),
      "sh",
      "-c",
      // Nobody needs the service that the package would start.
      `command -v mariadbd || { export RUNLEVEL=1; ${install}; }`,
    ],
    { maxBuffer: 64_000_000 },
  )

const find = async (): Promise<MariadbBinaries | undefined> => {
  const server = await which("mariadbd")
  const installDb = await which("mariadb-install-db")
  return server === undefined || installDb === undefined ? undefined : { server, installDb }
}
