import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { Agent, request } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** A workerd process on a folder that outlives it. */
export interface WorkerdProcess {
  /** Where it listens now; another port after each start. */
  readonly port: () => number
  /** Sends a request over a connection that is kept, and gives the body of the answer, whatever its status. */
  readonly send: (method: string, path: string, body: string) => Promise<string>
  /** Ends the process at once, whatever it is doing. */
  readonly kill: () => Promise<void>
  /** Starts it again on its data. */
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
}

const { default: workerd } = createRequire(import.meta.url)("workerd") as { readonly default: string }

/**
 * Starts workerd with a configuration file, whose service `disk` is where it keeps its data, and which may take what is
 * in `env`.
 */
export const startWorkerdProcess = async (
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<WorkerdProcess> => {
  const data = await mkdtemp(join(tmpdir(), "test-workerd-"))
  let { child, port } = await start(config, data, env)
  const agent = new Agent({ keepAlive: true })
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, "exit")
    child.kill("SIGKILL")
    await gone
  }
  return {
    port: () => port,
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = { "content-length": Buffer.byteLength(body) }
        request({ agent, host: "127.0.0.1", port, path, method, headers }, (response) => {
          const chunks: Array<Buffer> = []
          response.on("data", (chunk: Buffer) => chunks.push(chunk))
          response.on("error", reject)
          response.on("end", () => resolve(Buffer.concat(chunks).toString()))
        })
          .on("error", reject)
          .end(body)
      }),
    kill,
    restart: async () => {
      await kill()
      ;({ child, port } = await start(config, data, env))
    },
    stop: async () => {
      agent.destroy()
      await kill()
      await rm(data, { recursive: true, force: true })
    },
  }
}

interface Started {
  readonly child: ChildProcess
  readonly port: number
}

const start = async (config: string, data: string, env: Readonly<Record<string, string>>): Promise<Started> => {
  const child = spawn(workerd, ["serve", "--control-fd=3", `--directory-path=disk=${data}`, config], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  })
  const end = () => child.kill("SIGKILL")
  process.once("exit", end)
  child.once("exit", () => process.removeListener("exit", end))
  const control = child.stdio[3]
  if (control === null || control === undefined || !("read" in control)) throw new Error("workerd has no control pipe.")
  for await (const line of createInterface(control)) {
    const event = JSON.parse(line) as { readonly event: string; readonly port?: number }
    if (event.event === "listen" && event.port !== undefined) return { child, port: event.port }
  }
  throw new Error("workerd did not start.")
}
