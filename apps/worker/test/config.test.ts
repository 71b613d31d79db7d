import { afterEach, describe, expect, it } from "vitest"
import { startWorker, type TestWorker } from "./support/worker.ts"

let worker: TestWorker
afterEach(() => worker?.stop())

const tables = [{ source: "shop", table: "public.orders" }]
const sources = { shop: { type: "postgres", url: { secret: "SHOP_URL" } } }

describe("a wrong REPLICATION_CONFIG", () => {
  it.each([
    ["none", undefined, "document"],
    ["text that is not JSON", "{", "is not JSON"],
    ["a misspelt key", JSON.stringify({ sources, tabels: tables }), "tabels"],
    ["a secret that is not set", { sources, tables }, "sources.shop.url: no secret named SHOP_URL"],
    ["a source that is not there", { sources, tables: [{ source: "shpo", table: "t" }] }, 'did you mean "shop"?'],
    ["a connector that is not included", { sources: { shop: { type: "oracle" } }, tables }, "sources.shop.type"],
  ])("of %s leaves queries alone, and runs answer what is wrong", async (_name, config, problem) => {
    worker = await startWorker({ config })
    expect(await worker.client.rows("SELECT 1")).toEqual([[1]])
    const run = await worker.admin.post("/replicate")
    expect(run.status).toBe(400)
    expect(run.error).toContain(problem)
    await expect(worker.scheduled()).resolves.toBeUndefined()
  })
})

describe("roles", () => {
  it("keeps replication to the admin", async () => {
    worker = await startWorker({ config: { sources, tables } })
    for (const path of ["/replicate", "/replicate/orders", "/replicate/orders/reset"]) {
      expect((await worker.client.post(path)).status).toBe(403)
    }
    expect((await worker.client.get("/replicate/status")).status).toBe(403)
    expect((await worker.request("/replicate", { method: "POST" })).status).toBe(401)
  })
})
