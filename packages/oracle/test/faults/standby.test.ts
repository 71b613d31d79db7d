import { type Standby, startStandby } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import pg from "pg"
import { runTable } from "../../src/Bench.ts"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
let standby: Standby
beforeAll(async () => {
  parts = await startParts()
  standby = await startStandby(parts.server)
})
afterAll(async () => {
  await standby?.stop()
  await parts?.stop()
})

const items = { table: "public.late", cursor: "at", overlap: "0 seconds", deletes: "ignore" }

it("a row that is committed late is found on a hot standby as on its primary, however long its transaction was open", async () => {
  const { server, object } = parts
  await server.query(
    "CREATE TABLE late (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp()); INSERT INTO late VALUES (1)",
  )
  const { execute } = object()
  const run = async () => {
    await standby.caughtUp()
    const result = await runTable({ url: standby.url, execute }, items)
    expect(result.error).toBeUndefined()
    return (await execute("SELECT id FROM late ORDER BY id", [])).flat()
  }
  expect(await run()).toEqual([1])
  const late = new pg.Client({ connectionString: server.url })
  await late.connect()
  try {
    await late.query("BEGIN; INSERT INTO late VALUES (2)")
    for (const id of [3, 4, 5]) {
      await server.query(`INSERT INTO late VALUES (${id})`)
      expect(await run()).toEqual([1, ...[3, 4, 5].filter((one) => one <= id)])
    }
    await late.query("COMMIT")
  } finally {
    await late.end()
  }
  expect(await run()).toEqual([1, 2, 3, 4, 5])
  expect(await run()).toEqual([1, 2, 3, 4, 5])
})

it("the lag of a standby that has stopped to replay is its own, and none where it has replayed all", async () => {
  const { server, object } = parts
  await server.query("CREATE TABLE behind (id int PRIMARY KEY); INSERT INTO behind VALUES (1)")
  await standby.caughtUp()
  const { execute } = object()
  const syncedAt = async () => {
    const { details, error } = await runTable({ url: standby.url, execute }, { table: "public.behind" })
    expect(error).toBeUndefined()
    return details?.syncedAt
  }
  const before = Date.now()
  expect(await syncedAt()).toBeGreaterThanOrEqual(before - 1)
  await standby.pauseReplay()
  await server.query("INSERT INTO behind VALUES (2)")
  const written = Date.now()
  await standby.received()
  expect(await syncedAt()).toBeLessThan(written)
  expect(await execute("SELECT id FROM behind", [])).toEqual([[1]])
  await standby.resumeReplay()
  await standby.caughtUp()
  expect(await syncedAt()).toBeGreaterThanOrEqual(written)
  expect(await execute("SELECT id FROM behind ORDER BY id", [])).toEqual([[1], [2]])
})
