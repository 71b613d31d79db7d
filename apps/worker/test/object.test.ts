import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { until } from "./support/until.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

/** The methods of the Durable Object as another Worker sees them. */
interface Rpc {
  executeQuery(query: { sql: string; params?: Array<unknown>; isRaw?: boolean }): Promise<unknown>
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
  deleteAlarm(): Promise<void>
  getStatistics(): Promise<{ databaseSize: number; activeConnections: number; recentQueries: number }>
}

interface Replica {
  init(): Promise<Rpc>
  executeTransaction(queries: Array<{ sql: string; params?: Array<unknown> }>, isRaw: boolean): Promise<unknown>
}

let worker: TestWorker
let replica: Replica
let rpc: Rpc
beforeAll(async () => {
  worker = await startWorker()
  const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
  replica = namespace.get(namespace.idFromName("replica")) as unknown as Replica
  rpc = await replica.init()
})
afterAll(() => worker?.stop())

describe("init()", () => {
  it("runs queries, with rows as objects or raw", async () => {
    expect(await rpc.executeQuery({ sql: "SELECT ? AS a", params: ["x"] })).toEqual([{ a: "x" }])
    expect(await rpc.executeQuery({ sql: "SELECT 1 AS a, 2 AS a", isRaw: true })).toEqual({
      columns: ["a", "a"],
      rows: [[1, 2]],
      meta: { rows_read: 0, rows_written: 0 },
    })
    await expect(async () => rpc.executeQuery({ sql: "SELECT * FROM nowhere" })).rejects.toThrow("no such table")
  })

  it("works on the database that /query reads", async () => {
    await rpc.executeQuery({ sql: "CREATE TABLE shared (id)" })
    expect(await worker.client.rows("SELECT count(*) FROM shared")).toEqual([[0]])
  })

  it("tells the size of the database", async () => {
    expect(await rpc.getStatistics()).toEqual({
      databaseSize: expect.any(Number),
      activeConnections: 0,
      recentQueries: 0,
    })
    expect((await rpc.getStatistics()).databaseSize).toBeGreaterThan(0)
  })
})

describe("the alarm", () => {
  it("can be set, seen and deleted", async () => {
    expect(await rpc.getAlarm()).toBeNull()
    const at = Date.now() + 60_000
    await rpc.setAlarm(at)
    expect(await rpc.getAlarm()).toBe(at)
    await rpc.deleteAlarm()
    expect(await rpc.getAlarm()).toBeNull()
  })

  it("is at least a second ahead, and goes off", async () => {
    const before = Date.now()
    await rpc.setAlarm(before - 5000)
    expect(await rpc.getAlarm()).toBeGreaterThanOrEqual(before + 1000)
    expect(await until(async () => ((await rpc.getAlarm()) === null ? "gone off" : undefined))).toBe("gone off")
  })
})

describe("executeTransaction", () => {
  it("keeps all or nothing", async () => {
    await rpc.executeQuery({ sql: "CREATE TABLE steps (id INTEGER PRIMARY KEY)" })
    const insert = (id: number) => ({ sql: "INSERT INTO steps VALUES (?) RETURNING id", params: [id] })
    expect(await replica.executeTransaction([insert(1), insert(2)], false)).toEqual([[{ id: 1 }], [{ id: 2 }]])
    await expect(async () => replica.executeTransaction([insert(3), insert(1)], true)).rejects.toThrow()
    expect(await worker.client.rows("SELECT id FROM steps")).toEqual([[1], [2]])
  })
})
