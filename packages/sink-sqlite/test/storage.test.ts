import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createTestHarness } from "wrangler"

const harness = createTestHarness({
  workers: [
    {
      config: {
        name: "storage",
        main: fileURLToPath(new URL("./fixtures/storageWorker.ts", import.meta.url)),
        compatibility_date: "2024-09-25",
        compatibility_flags: ["nodejs_compat_v2"],
        durable_objects: { bindings: [{ name: "OBJECT", class_name: "ReplicaObject" }] },
        migrations: [{ tag: "v1", new_sqlite_classes: ["ReplicaObject"] }],
      },
    },
  ],
})
beforeAll(() => harness.listen())
afterAll(() => harness.close())

it("serves a Durable Object's own storage as it serves StarbaseDB's rpc", async () => {
  for (const written of [2, 0]) {
    const response = await harness.fetch("/")
    expect(await response.json()).toMatchObject({ counts: { written }, rows: 2, position: { after: ["2"] } })
  }
})
