import { arch, cpus, release, tmpdir, totalmem, type } from "node:os"
import type { Mariadb, PostgresDatabase } from "@starbase-replication/test-servers"
import { findProgram, shell } from "./programs.ts"
import { workerdVersion } from "./workerd.ts"

/** Where figures were measured, and with what. */
export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  /** What kind of file system is under the servers, the replicas and the floors. */
  readonly files: string
  readonly versions: Readonly<Record<string, string>>
}

/** The first line of a program's own account of its version. */
const versionOf = async (program: string): Promise<string | undefined> => {
  if ((await findProgram(program)) === undefined) return undefined
  const { output } = await shell(`${program} --version`)
  return /\d+(?:\.\d+)+(?:-MariaDB)?/.exec(output.replace(/^.*Distrib/, ""))?.[0]
}

const fileSystem = async (): Promise<string> =>
  (await findProgram("findmnt")) === undefined
    ? "an unknown file system"
    : (await shell(`findmnt -n -o FSTYPE -T ${tmpdir()}`)).output.trim()

/** Describes this machine, without its name. */
export const describeMachine = async (): Promise<Machine> => {
  const versions: Record<string, string> = { node: process.version.slice(1), workerd: workerdVersion }
  for (const program of ["sqlite3", "psql", "mariadb", "curl"]) {
    const version = await versionOf(program)
    if (version !== undefined) versions[program] = version
  }
  const [cpu] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().replace(/-.*$/, "")} ${arch()}`,
    files: await fileSystem(),
    versions,
  }
}

/** The version that a server tells of itself. */
export const serverVersion = async (server: PostgresDatabase | Mariadb, show: string): Promise<string> =>
  String((await server.query(show))[0]?.[0]).split(/[ -]/)[0] ?? ""
