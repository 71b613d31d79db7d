import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

/** The bundled command, as it is shipped. */
export const mainFile = fileURLToPath(new URL("../../dist/main.mjs", import.meta.url))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
  /** The Node that runs it; this process's without it. */
  readonly node?: string
}

/** A command that runs, with what it has printed so far. */
export interface Running {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
}

/** Runs the bundled command with nothing of this process's environment but its `PATH`. */
export const startCli = (args: ReadonlyArray<string>, { cwd, env = {}, input = "", node }: Options = {}): Running => {
  const child = spawn(node ?? process.execPath, [mainFile, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  child.stdin.on("error", () => undefined).end(input)
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: once(child, "close").then(([status]) => ({ status: status as number | null, stdout, stderr })),
  }
}

export const cli = (args: ReadonlyArray<string>, options?: Options): Promise<Ended> => startCli(args, options).ended
