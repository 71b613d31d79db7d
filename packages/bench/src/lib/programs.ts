import { spawn } from "node:child_process"
import { once } from "node:events"
import { access, constants } from "node:fs/promises"
import { delimiter, join } from "node:path"

const packages = {
  sqlite3: "sqlite3",
  psql: "postgresql-client",
  mariadb: "mariadb-client",
  curl: "curl",
  bash: "bash",
}

/** A program's path on the PATH, or undefined. */
export const findProgram = async (name: string): Promise<string | undefined> => {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, name)
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

/** Fails, with the command that brings them, where programs that a measure compares with are not there. */
export const needPrograms = async (...names: ReadonlyArray<keyof typeof packages>): Promise<void> => {
  const missing: Array<string> = []
  for (const name of names) if ((await findProgram(name)) === undefined) missing.push(name)
  if (missing.length === 0) return
  const wanted = missing.map((name) => packages[name as keyof typeof packages])
  throw new Error(`${missing.join(", ")}: not found; run: apt-get install -y ${wanted.join(" ")}`)
}

/** What a command line printed, and how much processor time its processes took. */
export interface Ran {
  readonly output: string
  readonly cpuSeconds: number
}

/** Runs a command line in bash; fails where it, or anything before a pipe, fails. */
export const shell = async (line: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> => {
  // The time of all processes goes to standard error last, behind a mark.
  const script = `TIMEFORMAT=$'\\n@%U %S'; time ( ${line} )`
  const child = spawn("bash", ["-o", "pipefail", "-c", script], {
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  let complaint = ""
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()))
  const [status] = (await once(child, "close")) as [number | null]
  if (status !== 0) throw new Error(`A command ended with ${status}: ${complaint.slice(0, 2000)}`)
  const [, user, system] = /@([\d.]+) ([\d.]+)\s*$/.exec(complaint) ?? []
  return { output, cpuSeconds: Number(user) + Number(system) }
}
