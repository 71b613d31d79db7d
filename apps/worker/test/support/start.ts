import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { until } from "./until.ts"

/** The command `start`, run as a user would. */
export interface StartCommand {
  readonly process: ChildProcess
  /** Sends a signal to it and to all that it has started, as a terminal does. */
  readonly signalAll: (signal: NodeJS.Signals) => void
  readonly output: () => string
  /** Its status once it has ended, and all that it printed. */
  readonly ended: Promise<{ readonly status: number | null; readonly output: string }>
  /** The url at which it answers. */
  readonly url: () => Promise<URL>
}

export const runStart = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): StartCommand => {
  const script = fileURLToPath(new URL("../../scripts/start.ts", import.meta.url))
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    detached: true,
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
  return {
    process: child,
    signalAll: (signal) => {
      if (child.pid === undefined) throw new Error("start could not be started.")
      process.kill(-child.pid, signal)
    },
    output: () => output,
    ended: once(child, "close").then(([status]) => ({ status: status as number | null, output })),
    url: () =>
      until(() => {
        if (child.exitCode !== null) throw new Error(`start ended:\n${output}`)
        const [, url] = /answers at (\S+)/.exec(output) ?? []
        return url === undefined ? undefined : new URL(url)
      }),
  }
}
