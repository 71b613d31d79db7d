import { readdir, readFile } from "node:fs/promises"
import type { Postgres } from "@starbase-replication/test-servers"

/** Linux counts processor time in hundredths of a second, for every program. */
const ticksPerSecond = 100

/** The seconds of processor time that PostgreSQL has used so far, in all its processes, those that have ended among them. */
export const cpuOfPostgres = async (server: Postgres): Promise<number> => {
  const [[backend] = []] = await server.query("SELECT pg_backend_pid()")
  const postmaster = (await statOf(String(backend)))?.parent
  const all = await Promise.all((await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(statOf))
  return all.reduce((sum, stat) => {
    if (stat === undefined) return sum
    if (stat.pid === postmaster) return sum + stat.own + stat.ended
    return stat.parent === postmaster ? sum + stat.own : sum
  }, 0)
}

/** What a process has used by itself, and what those of its children have that ended. */
const statOf = async (pid: string) => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  if (stat === undefined) return undefined
  // The second field is the program's name, in parentheses, and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const seconds = (...places: ReadonlyArray<number>) =>
    places.reduce((sum, place) => sum + Number(fields[place]), 0) / ticksPerSecond
  return { pid, parent: fields[1], own: seconds(11, 12), ended: seconds(13, 14) }
}
