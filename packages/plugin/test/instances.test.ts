import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { lastLooks, live } from "../src/index.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await parts.client.query(
    "CREATE TABLE orders (id int PRIMARY KEY, n int); INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) n; ANALYZE orders",
  )
})
afterAll(() => parts.stop())

const tables = [{ table: "orders" }]

describe("instances that one process serves", () => {
  it("know nothing of each other's runs, though their tables are called alike", async () => {
    const [one, two] = ["one", "two"].map((instance) => parts.instance(tables, { instance }))
    if (one === undefined || two === undefined) throw new Error("There are two.")
    // What other tests have left in this process.
    const [others, othersLooks] = [live(), lastLooks()]
    let told: ReturnType<typeof two.get> | undefined
    one.object.fault = () => {
      if (live("one").runs.length > 0) told ??= two.get("/replicate/status")
    }
    await one.post("/replicate")
    one.object.fault = undefined
    expect((await told)?.result.tables).toMatchObject([
      { table: "orders", state: "pending", progress: null, estimatedRows: null },
    ])
    expect(live("one").estimates).toMatchObject([{ table: "orders" }])
    expect(live("two")).toMatchObject({ runs: [], estimates: [] })
    expect(live()).toEqual(others)
    await one.post("/replicate")
    expect(lastLooks("one").map(({ table }) => table)).toEqual(["orders"])
    expect([lastLooks("two"), lastLooks()]).toEqual([[], othersLooks])
  })
})
