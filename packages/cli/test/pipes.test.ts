import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cli, mainFile } from "./support/cli.ts"
import { node20 } from "./support/node20.ts"

/** A status of 300 KB in which one table fails, so that the command ends with 2. */
const status = {
  tables: Array.from({ length: 600 }, (_, index) => ({
    table: `table_${index}`,
    source: "shop",
    state: index === 0 ? "failing" : "ok",
    rows: index,
    lagSeconds: 1,
    nextRunAt: null,
    error: index === 0 ? { code: "table-missing", message: "gone", hint: "look", retryable: false } : null,
    padding: "x".repeat(400),
  })),
  sources: [],
}

let server: Server
let env: Readonly<Record<string, string>>
beforeAll(async () => {
  server = createServer((_, response) => response.end(JSON.stringify({ result: status }))).listen(0, "127.0.0.1")
  await once(server, "listening")
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  env = { REPLICATION_URL: url, REPLICATION_TOKEN: "token", PATH: process.env["PATH"] ?? "" }
})
afterAll(() => server?.close())

const nodes = [
  ["this Node", async () => process.execPath],
  ["Node 20", node20],
] as const

describe.each(nodes)("on %s", (_name, find) => {
  let node: string
  beforeAll(async () => {
    node = await find()
  })

  it("gives a slow reader all of a large answer, also where it ends with 2", async () => {
    const child = spawn(node, [mainFile, "status", "--json", "--check"], { env, stdio: ["ignore", "pipe", "inherit"] })
    const ended = once(child, "exit")
    // The pipe is full long before anything is read.
    await sleep(1500)
    let text = ""
    for await (const chunk of child.stdout) {
      text += String(chunk)
      await sleep(20)
    }
    expect(text.length).toBeGreaterThan(300_000)
    expect(JSON.parse(text)).toEqual(status)
    expect((await ended)[0]).toBe(2)
  })

  it("leaves quietly where the reader has had enough", async () => {
    const line = `"${node}" "${mainFile}" status | head -1`
    const child = spawn("sh", ["-c", line], { env })
    let stderr = ""
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    const [stdout] = await Promise.all([child.stdout.toArray(), once(child, "close")])
    expect(Buffer.concat(stdout).toString()).toMatch(/^TABLE/)
    expect(stderr).toBe("")
  })

  it("shows help, refuses what it does not know, and colours nothing in a pipe", async () => {
    expect((await cli(["--help"], { node })).stdout).toContain("status")
    expect((await cli(["--version"], { node })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await cli(["stats"], { node })).status).toBe(1)
    const shown = await cli(["status"], { node, env })
    expect(shown.stdout).not.toContain("\u001b")
    const forced = await cli(["status"], { node, env: { ...env, FORCE_COLOR: "1" } })
    expect(forced.stdout).toContain("\u001b[31mwaits for you")
    expect((await cli(["status"], { node, env: { ...env, FORCE_COLOR: "1", NO_COLOR: "1" } })).stdout).not.toContain(
      "\u001b",
    )
  })
})

it("starts quickly", async () => {
  await cli(["--version"])
  const before = performance.now()
  await cli(["--version"])
  expect(performance.now() - before).toBeLessThan(1500)
})
