import { readFileSync } from "node:fs"
import { Hono } from "hono"
import { expect, it } from "vitest"
import { openApiFile, openApiText } from "../scripts/openapi.ts"
import { ReplicationPlugin, type StarbaseApp } from "../src/index.ts"

const document = JSON.parse(openApiText()) as { readonly paths: Readonly<Record<string, object>> }

it("the published OpenAPI document is that of the code; `pnpm --filter @starbase-replication/plugin openapi` writes it", () => {
  expect(JSON.parse(readFileSync(openApiFile, "utf8"))).toEqual(document)
})

it("the OpenAPI document has every route of the router under /replicate, and no other", async () => {
  const app = new Hono()
  await new ReplicationPlugin({ config: undefined, connectors: [] }).register(app as unknown as StarbaseApp)
  const routed = app.routes
    // What any other method is answered is no route.
    .filter(({ path, method }) => path.startsWith("/replicate") && method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(documented.toSorted()).toEqual(routed.toSorted())
})
