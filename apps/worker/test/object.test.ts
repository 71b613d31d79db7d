import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import { AlarmDriver } from "../src/AlarmDriver.ts"
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

describe("the alarm's faults", () => {
  afterEach(() => void vi.useRealTimers())

  /** A storage that is kept while drivers come and go. */
  const makeStorage = () => {
    const kept = new Map<string, unknown>()
    const storage = {
      alarm: null as number | null,
      isBroken: false,
      async getAlarm() {
        return storage.alarm
      },
      async setAlarm(at: number) {
        if (storage.isBroken) throw new Error("the storage is broken")
        storage.alarm = at
      },
      get: async (key: string) => structuredClone(kept.get(key)),
      put: async (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
    }
    return storage
  }
  type Storage = ReturnType<typeof makeStorage>
  type Wake = ConstructorParameters<typeof AlarmDriver>[1]["wakeUp"]

  const memory = { version: 1, ran: {}, found: {} } as const
  const driver = (storage: Storage, wakeUp: Wake) =>
    new AlarmDriver(storage, { isOn: true, config: "as it is", wakeUp })
  /** As the platform does: the alarm is gone while its handler runs. */
  const ring = (storage: Storage, { ring: handle }: { ring: () => Promise<void> }) => {
    storage.alarm = null
    return handle()
  }

  it("a wake-up that fails is tried again, later and later, and the alarm never throws", async () => {
    vi.useFakeTimers({ now: 1_000_000 })
    const storage = makeStorage()
    const failing = driver(storage, () => Promise.reject(new Error("no such luck")))
    const waits: Array<number> = []
    for (let i = 0; i < 10; i++) {
      await ring(storage, { ring: () => failing.ring({ isRetry: false }) })
      waits.push((storage.alarm ?? 0) - Date.now())
    }
    expect(waits.slice(0, 3)).toEqual([5000, 10_000, 20_000])
    expect(waits.at(-1)).toBe(900_000)
  })

  it("a storage that fails makes it throw, so that the platform calls again", async () => {
    const storage = makeStorage()
    const one = driver(storage, () => Promise.resolve({ results: [], memory, nextAt: Date.now() + 5000 }))
    storage.isBroken = true
    await expect(ring(storage, { ring: () => one.ring({ isRetry: false }) })).rejects.toThrow("the storage is broken")
  })

  it("an object that dies in its alarm has the next one set from the second time on", async () => {
    vi.useFakeTimers({ now: 1_000_000 })
    const storage = makeStorage()
    const dying = driver(storage, () => new Promise(() => {}))
    void ring(storage, { ring: () => dying.ring({ isRetry: true }) })
    await vi.waitFor(() => expect(storage.alarm).toBe(1_010_000), { timeout: 20_000 })
  })

  it("a clock that was set back, or a time far ahead, puts the alarm off by an hour at most", async () => {
    vi.useFakeTimers({ now: 10_000_000_000 })
    const storage = makeStorage()
    const one = driver(storage, () => Promise.resolve({ results: [], memory, nextAt: 90_000_000_000 }))
    await ring(storage, { ring: () => one.ring({ isRetry: false }) })
    expect(storage.alarm).toBe(10_003_600_000)
    vi.setSystemTime(5_000_000_000)
    await one.keepArmed()
    expect(storage.alarm).toBe(5_000_010_000)
  })

  it("two wake-ups at once are one", async () => {
    const storage = makeStorage()
    let count = 0
    const one = driver(storage, async () => {
      count += 1
      await sleep(20)
      return { results: [], memory, nextAt: undefined }
    })
    await Promise.all([one.run(), one.run(), one.ring({ isRetry: false })])
    expect(count).toBe(1)
    expect(storage.alarm).toBeNull()
    // What was remembered is known to the object that comes after it.
    await driver(storage, () => Promise.reject(new Error("unused"))).keepArmed()
    expect(storage.alarm).toBeNull()
  })

  it("an operator's wish in the midst of a wake-up is not lost", async () => {
    const storage = makeStorage()
    const one = driver(storage, async () => {
      await one.wakeNow()
      return { results: [], memory, nextAt: Date.now() + 600_000 }
    })
    await ring(storage, { ring: () => one.ring({ isRetry: false }) })
    expect(storage.alarm).toBeLessThanOrEqual(Date.now())
  })
})
