import { setTimeout as sleep } from "node:timers/promises"
import type { Execute } from "@starbase-replication/sink-sqlite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { makeItems, type Parts, rowsOf, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

const isApply = (sql: string, table: string) => sql.startsWith(`INSERT INTO "tmp_replication_apply_${table}"`)

/** The port, with something that happens while its n-th apply is under way. */
const during = (execute: Execute, table: string, call: number, happen: () => Promise<void>): Execute => {
  let calls = 0
  return async (sql, params) => {
    if (!isApply(sql, table) || ++calls !== call) return execute(sql, params)
    const [answer] = await Promise.allSettled([execute(sql, params), happen()])
    if (answer.status === "rejected") throw answer.reason
    return answer.value
  }
}

describe("workerd", () => {
  it("killed in the midst of applies keeps whole pages with their positions, and goes on from there", async () => {
    const { server, url, workerd, object } = parts
    const count = 20_000
    await makeItems(server, "killed", count)
    const replica = object()
    const table = { table: "killed", batchSize: 1000 }
    const lengths: Array<number> = []
    for (let kill = 0; kill < 12; kill++) {
      // Between the arrival of the statement and its answer, a little later each time.
      const execute = during(replica.execute, "killed", 1 + (kill % 2), async () => {
        await sleep(kill)
        await workerd.kill()
      })
      const { error } = await runTable({ url, execute }, table).catch(() => ({ error: undefined }))
      expect(error?.code ?? "storage").toBe("storage")
      await workerd.restart()
      lengths.push(await rowsOf(replica.execute, "killed", count))
      // The dead run's lease is waited for; here it is waited out at once.
      await replica.execute("UPDATE tmp_replication_tables SET lease_until = 1", [])
    }
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(lengths.at(-1)).toBeLessThan(count)
    expect(await runTable({ url, execute: replica.execute }, table)).toMatchObject({ error: undefined, more: false })
    expect(await rowsOf(replica.execute, "killed", count)).toBe(count)
  })
})

describe("a Durable Object", () => {
  it("thrown out of memory in the midst of an apply loses nothing", async () => {
    const { server, url, object } = parts
    await makeItems(server, "evicted", 5000)
    const replica = object()
    const table = { table: "evicted", batchSize: 500 }
    for (let call = 1; call <= 4; call++) {
      const { error } = await runTable({ url, execute: during(replica.execute, "evicted", call, replica.evict) }, table)
      expect(error?.code ?? "storage").toBe("storage")
      await rowsOf(replica.execute, "evicted", 5000)
    }
    expect(await runTable({ url, execute: replica.execute }, table)).toMatchObject({ error: undefined, more: false })
    expect(await rowsOf(replica.execute, "evicted", 5000)).toBe(5000)
  })
})

describe("SQLite that is full", () => {
  it("refuses pages whole, says so, and takes the rest once there is room", async () => {
    const { server, url, object } = parts
    await makeItems(server, "filled", 1000)
    const { execute } = object()
    const table = { table: "filled", batchSize: 100 }
    let applies = 0
    const full: Execute = async (sql, params) => {
      if (isApply(sql, "filled") && ++applies > 3) throw new Error("database or disk is full: SQLITE_FULL")
      return execute(sql, params)
    }
    const { error } = await runTable({ url, execute: full }, table)
    expect(error).toMatchObject({ code: "storage-full", retryable: false, hint: expect.stringContaining("Free space") })
    expect(await rowsOf(execute, "filled", 1000)).toBe(300)
    expect(await runTable({ url, execute }, table)).toMatchObject({ error: undefined, more: false })
    expect(await rowsOf(execute, "filled", 1000)).toBe(1000)
  })
})
