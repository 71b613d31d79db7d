import { ReplicationPlugin, type StarbaseDataSource } from "@starbase-replication/plugin"
import { connector } from "@starbase-replication/source-postgres"
import fc from "fast-check"
import { Hono } from "hono"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { texts } from "../../src/Hostile.ts"
import { leaks } from "../../src/Secrets.ts"
import { makeItems, type Parts, startParts } from "../support/parts.ts"

interface Variables {
  dataSource: StarbaseDataSource
  config: { role: "admin" | "client" }
}

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await makeItems(parts.server, "items", 3)
})
afterAll(() => parts?.stop())

const routes = ["", "refresh", "verify", "confirm", "pause", "resume", "reset"]
const path = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom("/replicate", "/replicate/status", "/replicate/history", "/replicate/metrics"),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.oneof(fc.constantFrom("items", "ITEMS", "items "), texts), fc.constantFrom(...routes))
      .map(([table, route]) => `/replicate/${encodeURIComponent(table)}${route === "" ? "" : `/${route}`}`),
  },
  { weight: 1, arbitrary: texts.map((text) => `/replicate/${encodeURI(text)}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/replicate/%",
      "/replicate/%E0%A4%A",
      "/replicate//",
      "/replicate/a/b/c",
      "/cron/callback",
    ),
  },
)
const query = fc.dictionary(fc.constantFrom("due", "repair", "limit", "table", "__proto__"), texts, { maxKeys: 3 })
const body = fc.oneof(
  fc.constant(undefined),
  texts,
  fc.jsonValue().map((value) => JSON.stringify(value)),
)
const request = fc.record({
  method: fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "DELETE", "OPTIONS"),
  path,
  query,
  body,
  role: fc.constantFrom("admin" as const, "admin" as const, "admin" as const, "client" as const),
})

it("any request is answered in JSON with an error's text or a result, and does no more than it says", async () => {
  const { server, url, object } = parts
  const { execute } = object()
  await execute("CREATE TABLE canary (id INTEGER)", [])
  const logged = vi.spyOn(console, "error").mockImplementation(() => {})
  const answers: Array<string> = []
  const ask = async ({
    method,
    path,
    query,
    body,
    role,
  }: {
    readonly method: string
    readonly path: string
    readonly query: Readonly<Record<string, string>>
    readonly body: string | undefined
    readonly role: "admin" | "client"
  }) => {
    const app = new Hono<{ Variables: Variables }>()
    app.onError((error) => {
      throw error
    })
    app.use("*", async (context, next) => {
      const executeQuery: StarbaseDataSource["rpc"]["executeQuery"] = async ({ sql, params = [] }) => ({
        columns: [],
        rows: await execute(
          sql,
          params.map((param) => (param === null ? null : String(param))),
        ),
      })
      context.set("dataSource", { rpc: { executeQuery } as StarbaseDataSource["rpc"] })
      context.set("config", { role })
      await next()
    })
    const plugin = new ReplicationPlugin({
      config: {
        sources: { main: { type: "postgres", url: { secret: "URL" } } },
        tables: [{ source: "main", table: "items" }],
      },
      connectors: [connector],
      secrets: { URL: url },
    })
    await plugin.register(app)
    const search = new URLSearchParams(query).toString()
    return app.request(`${path}${search === "" ? "" : `?${search}`}`, {
      method,
      ...(body === undefined || method === "GET" ? {} : { body }),
    })
  }
  await fc.assert(
    fc.asyncProperty(request, async (asked) => {
      const response = await ask(asked)
      const text = await response.text()
      answers.push(text)
      expect(response.status).toBeLessThan(500)
      const isRoute = response.headers.get("content-type")?.startsWith("application/json") === true
      // What is no route of the plugin's is Hono's own 404.
      if (!isRoute) {
        expect([200, 404]).toContain(response.status)
        return
      }
      const { result, error } = JSON.parse(text) as { readonly result?: unknown; readonly error?: unknown }
      if (response.status >= 300) expect(error).toMatch(/./)
      else expect(result).toBeDefined()
      if (asked.role === "client") expect(response.status).toBe(403)
    }),
    { numRuns: 250 },
  )
  expect(logged).not.toHaveBeenCalled()
  vi.restoreAllMocks()
  expect(leaks(answers.join("\n"), { url, password: server.password })).toEqual([])
  expect(await execute("SELECT count(*) FROM canary", [])).toEqual([[0]])
  for (const route of ["/resume", ""]) {
    const last = await ask({
      method: "POST",
      path: `/replicate/items${route}`,
      query: {},
      body: undefined,
      role: "admin",
    })
    expect([200, 404]).toContain(last.status)
  }
  expect(await execute("SELECT id FROM items", [])).toEqual([[1], [2], [3]])
})
