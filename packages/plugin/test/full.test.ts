import { afterAll, beforeAll, expect, it } from "vitest"
import { makeInstance } from "./support/instance.ts"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
  await parts.client.query("CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 30)")
})
afterAll(() => parts.stop())

const writes = /^\s*(?:INSERT|UPDATE|DELETE|CREATE|DROP|ALTER)\b/

/** An instance whose disk can be full: from then on nothing can be written, and all can be read. */
const onDisk = (every: string) => {
  const object = parts.objects.object()
  const disk = { isFull: false, fullBefore: /^$/, writes: 0 }
  const instance = makeInstance(
    async (sql, params) => {
      disk.isFull ||= disk.fullBefore.test(sql)
      if (writes.test(sql)) disk.writes++
      if (disk.isFull && writes.test(sql)) throw new Error("database or disk is full: SQLITE_FULL")
      return object.execute(sql, params)
    },
    {
      config: {
        sources: { shop: { type: "postgres", url: { secret: "URL" } } },
        tables: [{ source: "shop", table: "items", batchSize: 10, every }],
      },
      secrets: { URL: parts.server.url },
    },
  )
  const standing = async () => (await instance.get("/replicate/status")).result.tables
  return { ...instance, disk, object, standing }
}

const full = { code: "storage-full", message: "The replica's database is full." }

it("a disk that was full from the beginning shows in the status", async () => {
  const { post, disk, standing } = onDisk("1 hour")
  disk.isFull = true
  expect(await post("/replicate")).toMatchObject({ status: 207, result: { tables: [{ error: full }] } })
  expect(await standing()).toMatchObject([{ state: "failing", running: false, error: full }])
  disk.isFull = false
  expect(await standing()).toMatchObject([{ state: "pending", error: null }])
})

it("a disk that becomes full in the midst of a run shows in its answer, in the status and at a reset", async () => {
  const { post, disk, object, standing } = onDisk("1 hour")
  disk.fullBefore = /INSERT INTO "tmp_replication_apply_items"/
  expect(await post("/replicate/items")).toMatchObject({ status: 207, result: { tables: [{ error: full }] } })
  expect(await standing()).toMatchObject([{ state: "failing", running: false, error: full }])
  await object.execute("UPDATE tmp_replication_tables SET lease_until = 1", [])
  expect(await standing()).toMatchObject([{ state: "failing", error: full }])
  expect(await post("/replicate/items/reset")).toMatchObject({
    status: 507,
    result: { error: { ...full, hint: expect.stringMatching(/space/i) } },
  })
  disk.isFull = false
  disk.fullBefore = /^$/
  expect((await post("/replicate/items")).status).toBe(200)
  expect(await standing()).toMatchObject([{ state: "ok", rows: 30, error: null }])
})

it("a disk that becomes full later shows once the table cannot be run when it is due", async () => {
  const { post, disk, standing } = onDisk("1 second")
  await post("/replicate")
  disk.isFull = true
  await parts.client.query("INSERT INTO items SELECT generate_series(31, 40)")
  expect(await post("/replicate")).toMatchObject({ status: 207, result: { tables: [{ error: full }] } })
  await expect.poll(standing, { timeout: 10_000 }).toMatchObject([{ state: "failing", rows: 30, error: full }])
})

it("a status tries nothing while all goes on as it should", async () => {
  const { post, disk, standing, object } = onDisk("1 hour")
  await post("/replicate")
  disk.writes = 0
  expect(await standing()).toMatchObject([{ state: "ok" }])
  expect(disk.writes).toBe(0)
  const left = "SELECT name FROM sqlite_master WHERE name LIKE '%probe%'"
  await object.execute("UPDATE tmp_replication_tables SET last_run_at = 1", [])
  expect(await standing()).toMatchObject([{ state: "ok" }])
  expect([disk.writes, await object.execute(left, [])]).toEqual([1, []])
})
