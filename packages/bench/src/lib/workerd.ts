import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { resetPeak, type Usage, usageOf } from "./usage.ts"

/** A workerd of its own, with one Worker and its Durable Object. */
export interface Workerd {
  readonly url: URL
  /** From the start of the process to its first answer, in seconds. */
  readonly startSeconds: number
  readonly usage: () => Promise<Usage>
  readonly resetPeak: () => Promise<void>
  /** Ends it and removes what it stored. */
  readonly stop: () => Promise<void>
}

const { default: binary, version: installed } = createRequire(import.meta.url)("workerd") as {
  readonly default: string
  readonly version: string
}

/** The version of workerd that runs. */
export const workerdVersion = installed

/** How to start workerd. */
export interface WorkerdOptions {
  /** The bundle of a Worker whose Durable Object is `ReplicaObject`. */
  readonly bundle: string
  /** Its variables. */
  readonly env: Readonly<Record<string, string>>
  /** The most that V8 may take for its heap; without it, what V8 likes, which is more than it needs. */
  readonly heapMegabytes?: number
}

export const startWorkerd = async ({ bundle, env, heapMegabytes }: WorkerdOptions): Promise<Workerd> => {
  const directory = await mkdtemp(join(tmpdir(), "bench-workerd-"))
  await mkdir(join(directory, "data"))
  await cp(bundle, join(directory, "worker.js"))
  await writeFile(join(directory, "config.capnp"), configOf(Object.keys(env), heapMegabytes))
  const startedAt = performance.now()
  const child = spawn(
    binary,
    ["serve", "--control-fd=3", `--directory-path=disk=${join(directory, "data")}`, join(directory, "config.capnp")],
    { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe", "pipe"] },
  )
  let complaint = ""
  child.stderr?.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4000)))
  const end = () => child.kill("SIGKILL")
  process.once("exit", end)
  const gone = once(child, "exit")
  const stop = async () => {
    end()
    await gone
    process.removeListener("exit", end)
    await rm(directory, { recursive: true, force: true })
  }
  const { pid } = child
  if (pid === undefined) throw new Error("workerd did not start.")
  try {
    const url = new URL(`http://127.0.0.1:${await portOf(child)}`)
    await (await fetch(url)).text()
    return {
      url,
      startSeconds: (performance.now() - startedAt) / 1000,
      usage: () => usageOf(pid),
      resetPeak: () => resetPeak(pid),
      stop,
    }
  } catch (error) {
    await stop()
    throw new Error(`workerd did not answer: ${complaint}`, { cause: error })
  }
}

const portOf = async (child: ChildProcess): Promise<number> => {
  const control = child.stdio[3]
  if (control === null || control === undefined || !("read" in control)) throw new Error("workerd has no control pipe.")
  for await (const line of createInterface(control)) {
    const event = JSON.parse(line) as { readonly event: string; readonly port?: number }
    if (event.event === "listen" && event.port !== undefined) return event.port
  }
  throw new Error("workerd ended before it listened.")
}

/** The compatibility date and flags are those of the deployment. */
const configOf = (
  variables: ReadonlyArray<string>,
  heapMegabytes: number | undefined,
): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = [${heapMegabytes === undefined ? "" : `"--max-heap-size=${heapMegabytes}"`}],
  services = [
    (name = "worker", worker = .worker),
    (name = "disk", disk = (writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2024-09-25",
  compatibilityFlags = ["nodejs_compat_v2"],
  bindings = [
    (name = "REPLICA", durableObjectNamespace = "ReplicaObject"),
    (name = "BENCH", durableObjectNamespace = "ReplicaObject"),
    ${variables.map((name) => `(name = "${name}", fromEnvironment = "${name}"),`).join("\n    ")}
  ],
  durableObjectNamespaces = [(className = "ReplicaObject", uniqueKey = "replica", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
`
