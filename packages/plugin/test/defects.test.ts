import { Hono } from "hono"
import { afterEach, expect, it, vi } from "vitest"
import { ReplicationPlugin, type StarbaseApp, type StarbaseDataSource } from "../src/index.ts"

afterEach(() => vi.restoreAllMocks())

it("a defect is answered with where to look, and logged with where it arose, without the words of what was thrown", async () => {
  const lines = vi.spyOn(console, "error").mockReturnValue()
  const dataSource: StarbaseDataSource = { rpc: { executeQuery: () => Promise.resolve({ rows: [] }) } }
  const app = new Hono<{ Variables: { dataSource: StarbaseDataSource; config: { role: "admin" } } }>()
  app.use("*", async (context, next) => {
    context.set("dataSource", dataSource)
    context.set("config", { role: "admin" })
    await next()
  })
  const config = {
    get sources(): never {
      throw new RangeError("postgres://user:hunter2@host")
    },
  }
  await new ReplicationPlugin({ config, connectors: [] }).register(app as unknown as StarbaseApp)
  const response = await app.request("/replicate", { method: "POST" })
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({
    result: {
      error: {
        code: "unknown",
        message: "Replication failed by a defect of its own.",
        hint: "The log shows where (event defect); please report it.",
        retryable: true,
      },
    },
    error: "Replication failed by a defect of its own.",
  })
  const logged = lines.mock.calls.map(([line]) => String(line))
  expect(logged).toHaveLength(1)
  expect(JSON.parse(logged[0] ?? "")).toEqual({
    time: expect.any(String),
    level: "error",
    logger: "starbase-replication",
    event: "defect",
    code: "RangeError",
    stack: expect.arrayContaining([expect.stringContaining("defects.test.ts")]),
  })
  expect(logged.join()).not.toContain("hunter2")
})
