import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"

/** The user that a server runs as, where it must be another than the one who starts it. */
export interface Identity {
  readonly uid?: number
  readonly gid?: number
}

/** A server to run. */
export interface Command {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly identity: Identity
  /** Comes on top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Removed once the server has ended. */
  readonly directory: string
  readonly logFile: string
  readonly stopSignal: NodeJS.Signals
}

/** A server that runs. */
export interface Supervised {
  /** Whether the server has ended by itself. */
  readonly exited: () => boolean
  /** What the server has logged. */
  readonly log: () => Promise<string>
  /** Ends the server and removes its directory. */
  readonly stop: () => Promise<void>
}

/** Starts a server that does not outlive this process, not even where this process is killed. */
export const supervise = (command: Command): Supervised => {
  const script = new URL(`./supervisor${import.meta.url.slice(-3)}`, import.meta.url)
  const supervisor = spawn(process.execPath, [fileURLToPath(script), JSON.stringify(command)], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  })
  const gone = once(supervisor, "exit")
  let exited = false
  supervisor.stdout.on("data", () => (exited = true))
  supervisor.on("exit", () => (exited = true))
  supervisor.unref()
  for (const stream of [supervisor.stdin, supervisor.stdout]) if ("unref" in stream) (stream.unref as () => void)()

  return {
    exited: () => exited,
    log: () => readFile(command.logFile, "utf8").catch(() => ""),
    stop: async () => {
      supervisor.ref()
      supervisor.stdin.end()
      await gone
    },
  }
}
