import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { bundleInto } from "../scripts/lib/bundle.ts"
import { type Served, serve } from "../scripts/lib/serve.ts"
import { until } from "./support/until.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "starbase-replication-defects-"))
  await bundleInto(fileURLToPath(new URL("../fixtures/broken/wrangler.jsonc", import.meta.url)), folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The Worker over a source that breaks down at some point, minified as one that ships. */
const withBroken = async (at: string, test: (served: Served, logs: ReadonlyArray<string>) => Promise<void>) => {
  const logs: Array<string> = []
  const served = await serve({
    bundle: join(folder, "worker.js"),
    adminToken: "admin",
    clientToken: "client",
    config: { sources: { shop: { type: "broken", at } }, tables: [{ source: "shop", table: "items" }] },
    onLog: (line) => logs.push(line),
  })
  try {
    await test(served, logs)
  } finally {
    await served.stop()
  }
}

const defectIn = (logs: ReadonlyArray<string>) =>
  until(() => {
    const line = logs.find((line) => line.includes('"event":"defect"'))
    return line === undefined ? undefined : (JSON.parse(line) as { stack: ReadonlyArray<string> })
  })

describe.each([
  ["where a source is opened", "open", 500],
  ["where a source is asked", "describe", 207],
  ["in the midst of a table's run", "read", 207],
])("a defect %s", (_name, at, status) => {
  const run = (served: Served) =>
    fetch(new URL("/replicate", served.url), { method: "POST", headers: { Authorization: "Bearer admin" } })

  it.each([
    ["a request", async (served: Served) => expect((await run(served)).status).toBe(status)],
    ["the object's own run", (served: Served) => served.scheduled()],
  ])("is logged by %s with its place in the sources, and without its words", async (_who, act) => {
    await withBroken(at, async (served, logs) => {
      await act(served)
      const { stack } = await defectIn(logs)
      expect(stack[0]).toMatch(/^at .*\(apps\/worker\/fixtures\/broken\/worker\.ts:11:\d+\)$/)
      expect(logs.join("\n")).not.toContain("hunter2")
    })
  })
})
