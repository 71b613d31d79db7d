import { startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { makeItems, type Parts, rowsOf, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

describe("a connection that is cut", () => {
  it("after any number of bytes loses nothing, and the next run goes on", async () => {
    const { server, proxy, url } = parts
    const count = 200
    await makeItems(server, "cut", count)
    const before = proxy.received()
    await runTable({ url, execute: parts.object().execute }, { table: "cut", batchSize: 60 })
    const bytes = proxy.received() - before
    const codes = new Set<string>()
    for (let allowed = 0; allowed < bytes; allowed += Math.ceil(bytes / 120)) {
      const { execute } = parts.object()
      proxy.cutAfter(allowed)
      const { error } = await runTable({ url, execute }, { table: "cut", batchSize: 60 })
      proxy.heal()
      codes.add(error?.code ?? "none")
      await rowsOf(execute, "cut", count)
      expect(await runTable({ url, execute }, { table: "cut" })).toMatchObject({ error: undefined, more: false })
      expect(await rowsOf(execute, "cut", count)).toBe(count)
    }
    // The goodbye may be cut, which is no failure.
    expect([...codes].toSorted()).toEqual(codes.has("none") ? ["none", "unreachable"] : ["unreachable"])
  })
})

describe("a source that falls silent", () => {
  it.each([
    ["before it is connected to", 0, "unreachable"],
    ["in the midst of a run", 3, "timeout"],
  ] as const)("%s is given up in time, and the next run completes", async (_, reads, code) => {
    const { server, proxy, url, object } = parts
    const table = `silent_${reads}`
    await makeItems(server, table, 50)
    const { execute } = object()
    let calls = 0
    const counting: typeof execute = (sql, params) => {
      if (sql.includes(`INSERT INTO "tmp_replication_apply_${table}"`) && ++calls === reads) proxy.stall()
      return execute(sql, params)
    }
    if (reads === 0) proxy.stall()
    const source = { statementTimeout: "200 millis", connectTimeout: "300 millis" }
    const begun = Date.now()
    const { error } = await runTable({ url, execute: counting, source }, { table, batchSize: 5 })
    proxy.heal()
    expect(error).toMatchObject({ code, retryable: true, source: "main" })
    expect(Date.now() - begun).toBeLessThan(20_000)
    expect(await runTable({ url, execute, source }, { table })).toMatchObject({ error: undefined, more: false })
    expect(await rowsOf(execute, table, 50)).toBe(50)
  })
})

describe("a server that crashes", () => {
  it("again and again in the midst of runs loses nothing", async () => {
    const server = await startPostgres({ settings: { synchronous_commit: "on" } })
    try {
      await makeItems(server, "crashed", 100)
      await server.query("CHECKPOINT")
      const { execute } = parts.object()
      const bench = { url: server.url, execute }
      const table = { table: "crashed", batchSize: 10 }
      const pids = "SELECT pid FROM pg_stat_activity WHERE application_name = 'starbase-replication'"
      const codes: Array<string> = []
      for (let crashAt = 1; crashAt <= 4; crashAt++) {
        let calls = 0
        const crashing: typeof execute = async (sql, params) => {
          const isApply = sql.includes("tmp_replication_apply_crashed") && !sql.includes("CREATE")
          // A backend that dies takes all of PostgreSQL down, which then recovers.
          if (isApply && ++calls === crashAt) process.kill(Number((await server.query(pids))[0]?.[0]), "SIGKILL")
          return execute(sql, params)
        }
        const { error } = await runTable({ ...bench, execute: crashing }, table)
        if (error !== undefined) {
          codes.push(error.code)
          expect(error).toMatchObject({ retryable: true })
        }
        await rowsOf(execute, "crashed", 100)
        await expect.poll(() => server.query("SELECT 1").catch(() => []), { timeout: 30_000 }).toHaveLength(1)
      }
      expect(codes).not.toEqual([])
      expect(await runTable(bench, table)).toMatchObject({ error: undefined, more: false })
      expect(await rowsOf(execute, "crashed", 100)).toBe(100)
    } finally {
      await server.stop()
    }
  })
})
