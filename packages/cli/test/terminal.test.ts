import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { atTerminal } from "./support/terminal.ts"

let rows = 0
let asked: Array<string> = []
let isDown = false
const table = () => ({
  table: "events",
  source: "shop",
  state: "loading",
  rows,
  lagSeconds: null,
  nextRunAt: null,
  error: null,
  estimatedRows: 1000,
  progress: { startedAt: new Date(Date.now() - 3000).toISOString(), phase: "pull", read: rows, written: rows },
})
const guarded = {
  table: "orders",
  source: "shop",
  state: "waiting",
  rows: 48_210,
  lagSeconds: 4000,
  error: { code: "delete-guard", message: "Most are gone.", hint: "Look.", action: "confirm" },
  guard: { by: "reconcile", rows: 48_210, suspects: 48_198, confirmed: false },
}

let server: Server
let env: Readonly<Record<string, string>>
beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
    if (isDown) return void request.socket.destroy()
    rows += 100
    const result = request.method === "GET" ? { tables: [table(), guarded], sources: [] } : { confirmed: "orders" }
    response.end(JSON.stringify({ result }))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  env = { REPLICATION_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, REPLICATION_TOKEN: "token" }
})
afterAll(() => server?.close())
beforeEach(() => {
  asked = []
  rows = 0
  isDown = false
})

describe("watch", () => {
  it("draws a live table with a bar, and gives the terminal back at Ctrl+C", async () => {
    const at = atTerminal(["watch", "--interval", "0.2"], env)
    await expect.poll(at.screen).toMatch(/events {2}█+░+ \d+% of about 1,000/)
    await expect.poll(at.screen).toMatch(/\d+\/s, about \d+s left/)
    expect(at.screen()).toMatch(/orders +.*waits for you/)
    expect(at.screen().startsWith("\u001b[?1049h")).toBe(true)
    at.type("\u0003")
    expect(await at.ended).toBe(130)
    expect(at.screen().trimEnd().endsWith("\u001b[?25h\u001b[?1049l")).toBe(true)
  })

  it("ends at SIGTERM likewise", async () => {
    const at = atTerminal(["watch", "--interval", "0.2"], env)
    await expect.poll(at.screen).toContain("events")
    at.signal("SIGTERM")
    expect(await at.ended).toBe(130)
    expect(at.screen().trimEnd().endsWith("\u001b[?25h\u001b[?1049l")).toBe(true)
  })

  it("says that what is shown is old while nobody answers", async () => {
    const at = atTerminal(["watch", "--interval", "0.2"], env)
    await expect.poll(at.screen).toContain("events")
    isDown = true
    await expect.poll(at.screen).toMatch(/No answer.*what you see is old/)
    at.type("\u0003")
    await at.ended
  })

  it("fits a small terminal", async () => {
    const at = atTerminal(["watch", "--interval", "0.2"], env, { columns: 40, rows: 6 })
    await expect.poll(at.screen).toContain("lines more")
    at.type("\u0003")
    await at.ended
  })
})

describe("a question", () => {
  it("asks for the token without showing it", async () => {
    const { REPLICATION_TOKEN: _, ...without } = env
    const at = atTerminal(["status"], without)
    await expect.poll(at.screen).toContain("Token")
    at.type("a-secret-token\r")
    expect(await at.ended).toBe(0)
    expect(at.screen()).not.toContain("a-secret-token")
    expect(asked[0]).toBe("GET /replicate/status Bearer a-secret-token")
  })

  it("shows what would be lost, does nothing at a no, and what is wanted at a yes", async () => {
    const no = atTerminal(["confirm", "orders"], env)
    await expect.poll(no.screen).toContain("48,198 of 48,210 rows of orders would leave")
    no.type("n")
    expect(await no.ended).toBe(0)
    expect(no.screen()).toContain("Nothing was done.")
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([])
    const yes = atTerminal(["confirm", "orders"], env)
    await expect.poll(yes.screen).toContain("Allow it?")
    yes.type("y")
    expect(await yes.ended).toBe(0)
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual(["POST /replicate/orders/confirm Bearer token"])
  })

  it("wants the name of what is dropped", async () => {
    const wrong = atTerminal(["reset", "orders"], env)
    await expect.poll(wrong.screen).toContain("Its name, to go on")
    wrong.type("order\r")
    expect(await wrong.ended).toBe(0)
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([])
    const right = atTerminal(["reset", "orders"], env)
    await expect.poll(right.screen).toContain("Its name, to go on")
    right.type("orders\r")
    expect(await right.ended).toBe(0)
    expect(asked.filter((one) => one.startsWith("POST"))).toHaveLength(1)
  })

  it("ends with 130 at Ctrl+C, and changes nothing", async () => {
    const at = atTerminal(["confirm", "orders"], env)
    await expect.poll(at.screen).toContain("Allow it?")
    at.type("\u0003")
    expect(await at.ended).toBe(130)
    expect(asked.filter((one) => one.startsWith("POST"))).toEqual([])
  })
})
