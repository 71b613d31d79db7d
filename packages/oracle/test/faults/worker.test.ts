import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import {
  type Postgres,
  startPostgres,
  startWorkerdProcess,
  type WorkerdProcess,
} from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeItems, rowsOf } from "../support/parts.ts"

let server: Postgres
let worker: WorkerdProcess
beforeAll(async () => {
  server = await startPostgres()
  worker = await startWorkerdProcess(fileURLToPath(new URL("../../fixtures/worker.capnp", import.meta.url)), {
    SHOP_URL: server.url,
    REPLICATION_CONFIG: JSON.stringify({
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: [{ source: "shop", table: "items", batchSize: 1000 }],
    }),
  })
})
afterAll(async () => {
  await Promise.all([server?.stop(), worker?.stop()])
})

const post = async (path: string, body: unknown = {}) => {
  const response = await fetch(`http://127.0.0.1:${worker.port()}${path}`, {
    method: "POST",
    headers: { authorization: "Bearer admin", "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  return (await response.json()) as { readonly result?: Record<string, unknown>; readonly error?: string }
}
const execute = async (sql: string, params: ReadonlyArray<string | null>) => {
  const { result, error } = await post("/query/raw", { sql, params })
  if (error !== undefined) throw new Error(error)
  return result?.["rows"] as ReadonlyArray<ReadonlyArray<unknown>>
}

it("the whole Worker, killed at any moment of a load, keeps whole pages with their positions and goes on", async () => {
  const count = 100_000
  await makeItems(server, "items", count)
  let rows = 0
  // A load that was complete before its run's end was noted is read anew, over rows that are there.
  for (let kill = 0; (kill < 8 || rows === 0) && rows < count; kill++) {
    const run = post("/replicate").catch(() => undefined)
    await sleep(30 + kill * 20)
    await worker.kill()
    await run
    await worker.restart()
    const now = await rowsOf(execute, "items", count).catch((error: unknown) => {
      // The first kills may come before there is anything.
      if (rows === 0 && String(error).includes("no such table")) return 0
      throw error
    })
    expect(now).toBeGreaterThanOrEqual(rows)
    rows = now
    // The dead run's lease is waited for; here it is waited out at once.
    await post("/query/raw", { sql: "UPDATE tmp_replication_tables SET lease_until = 1" })
  }
  while ((await rowsOf(execute, "items", count)) < count) {
    expect(await post("/replicate")).toMatchObject({ result: { tables: [{ table: "items" }] } })
  }
  expect(await execute("SELECT count(*), sum(id) FROM items", [])).toEqual([[count, (count * (count + 1)) / 2]])
})
