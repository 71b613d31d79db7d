/**
 * Runs one server as the child of a process of its own, which ends it and removes its directory once its standard input
 * closes: on purpose, or because the process that started it is gone, however it went.
 */
import { spawn } from "node:child_process"
import { closeSync, openSync, rmSync } from "node:fs"
import type { Command } from "./supervise.ts"

const { command, args, identity, env, directory, logFile, stopSignal } = JSON.parse(process.argv[2] ?? "{}") as Command

const log = openSync(logFile, "a")
const server = spawn(command, args, {
  ...identity,
  env: { ...process.env, ...env },
  cwd: directory,
  stdio: ["ignore", log, log],
})
closeSync(log)

const end = () => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  process.exit(0)
}
server.on("error", end)
server.on("exit", () => {
  if (stopping) end()
  else process.stdout.write("exited\n")
})

let stopping = false
const stop = () => {
  if (stopping) return
  stopping = true
  if (server.exitCode !== null || server.signalCode !== null) end()
  else server.kill(stopSignal)
  setTimeout(() => server.kill("SIGKILL"), 10_000).unref()
}
process.stdin.on("end", stop).on("close", stop).resume()
process.stdout.on("error", stop)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {})
