import { expect, it } from "vitest"
import { type QueryContext, queryRoute } from "../src/query.ts"

const message = "database or disk is full: SQLITE_FULL"

// An object takes ten gigabytes: that they are full is injected.
it.each([
  ["a statement", () => Promise.resolve({ ok: false, reason: "failed", message })],
  ["the end of the transaction", () => Promise.reject(new Error(message))],
])("a database that is full is answered 507, where %s meets it", async (_where, run) => {
  const context = {
    env: {},
    plugins: [],
    config: { role: "admin", features: { allowlist: false, rls: false } },
    replica: { run },
  } as unknown as QueryContext
  const request = new Request("https://replica.example/query", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sql: "SELECT 1" }),
  })
  const response = await queryRoute(request, false, context)
  expect([response.status, await response.json()]).toEqual([507, { error: message }])
})
