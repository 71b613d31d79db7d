import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { which } from "./which.ts"

/** Finds what a package of Debian brings, on Debian after installing it where this process is root. */
export const fromDebian = async <A>(name: string, what: string, find: () => Promise<A | undefined>): Promise<A> => {
  const found = await find()
  if (found !== undefined) return found
  const install = `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${name}`
  const canInstall = process.getuid?.() === 0 && (await which("apt-get")) !== undefined
  if (canInstall) await installOnce(name, install).catch(() => {})
  const installed = canInstall ? await find() : undefined
  if (installed === undefined) throw new Error(`${what} is not installed; run as root: ${install}`)
  return installed
}

/** Another process may want the same at the same time: the second waits for the first. */
const installOnce = (name: string, install: string) =>
  promisify(execFile)(
    "flock",
    [
      join(tmpdir(), "starbase-replication-apt.lock"),
      "sh",
      "-c",
      // Nobody needs the service that the package would start.
      `dpkg-query -W -f '\${Status}' ${name} | grep -q ' installed$' || { export RUNLEVEL=1; ${install}; }`,
    ],
    { maxBuffer: 64_000_000 },
  )
