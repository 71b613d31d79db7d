import type { TableResult } from "@starbase-replication/core/run"
import type { Execute } from "@starbase-replication/sink-sqlite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runTable } from "../../src/Bench.ts"
import { makeItems, type Parts, rowsOf, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

/** A port that stands still before a statement until it is told to go on. */
const stopsBefore = (execute: Execute, statement: RegExp) => {
  let stop = () => {}
  let goOn = () => {}
  const stopped = new Promise<void>((resolve) => (stop = resolve))
  const told = new Promise<void>((resolve) => (goOn = resolve))
  let isOver = false
  const port: Execute = async (sql, params) => {
    if (statement.test(sql) && !isOver) {
      isOver = true
      stop()
      await told
    }
    return execute(sql, params)
  }
  return { port, stopped, goOn }
}

describe("two isolates", () => {
  it("that race for a lease: one has it, the others are told at once, and each row is written once", async () => {
    const { server, url, object } = parts
    await makeItems(server, "raced", 500)
    const { execute } = object()
    for (let round = 0; round < 3; round++) {
      const results = await Promise.all(
        Array.from({ length: 6 }, () => runTable({ url, execute }, { table: "raced", batchSize: 50 })),
      )
      const codes = results.map(({ error }) => error?.code ?? "ran")
      expect(codes.filter((code) => code === "ran").length).toBeGreaterThanOrEqual(1)
      expect(new Set(codes)).toEqual(new Set(codes.includes("busy") ? ["ran", "busy"] : ["ran"]))
      const written = results.reduce((sum, one) => sum + one.written, 0)
      expect(written).toBe(round === 0 ? 500 : 0)
    }
    expect(await rowsOf(execute, "raced", 500)).toBe(500)
  })
})

describe("a run that wakes up after its lease was taken", () => {
  it.each([
    ["before an apply", /^INSERT INTO "tmp_replication_apply_slept"/],
    ["before it takes the table", /ON CONFLICT \(name\) DO UPDATE SET\s+source/],
    ["before it ends", /^UPDATE tmp_replication_tables SET\s+lease/],
  ])("%s writes nothing", async (_, statement) => {
    const { server, url, object } = parts
    await server.query("DROP TABLE IF EXISTS slept")
    await makeItems(server, "slept", 20)
    const { execute } = object()
    const bench = { url, execute, leaseMillis: 1 }
    await runTable(bench, { table: "slept" })
    await server.query("UPDATE slept SET text = 'as the sleeper read it'")
    const { port, stopped, goOn } = stopsBefore(execute, statement)
    const sleeper = runTable({ ...bench, execute: port }, { table: "slept" })
    await stopped
    await server.query("UPDATE slept SET text = 'new'; DELETE FROM slept WHERE id > 15")
    const other: TableResult = await runTable(bench, { table: "slept", deletes: { reconcile: "0 seconds" } })
    expect(other).toMatchObject({ error: undefined, deleted: 5 })
    const everything = async () => [
      await execute("SELECT * FROM slept", []),
      await execute("SELECT lease, position, synced_at, reconciled_at FROM tmp_replication_tables", []),
    ]
    const before = await everything()
    goOn()
    const { error } = await sleeper
    // One that had not begun begins now, as any run does.
    if (String(statement).includes("CONFLICT"))
      expect(await execute("SELECT DISTINCT text FROM slept", [])).toEqual([["new"]])
    else {
      expect(error?.code).toBe("lease-lost")
      expect(await everything()).toEqual(before)
    }
  })
})
