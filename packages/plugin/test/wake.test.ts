import { decodeConfig } from "@starbase-replication/core/config"
import { type Stop, wake, type WakeUp } from "@starbase-replication/core/run"
import { layer as sink } from "@starbase-replication/sink-sqlite"
import { connector as postgres } from "@starbase-replication/source-postgres"
import {
  type Postgres,
  type SqliteObjects,
  startPostgres,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let server: Postgres
let objects: SqliteObjects
let count = 0
beforeAll(async () => {
  ;[server, objects] = await Promise.all([startPostgres(), startSqliteObjects()])
})
afterAll(() => Promise.all([server?.stop(), objects?.stop()]))

const minute = 60_000
const hour = 60 * minute

/** A driver over a database and a clock of its own: each call is one wake-up at a time. */
const makeDriver = async (tables: ReadonlyArray<object>, more: object = {}) => {
  const name = `wake${count++}`
  const database = await server.createDatabase(name)
  await database.query(`
    CREATE TABLE often (id int PRIMARY KEY); CREATE TABLE seldom (id int PRIMARY KEY);
    CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD 'reader';
    CREATE SCHEMA many; CREATE TABLE many.first (id int PRIMARY KEY); CREATE TABLE many.second (id int PRIMARY KEY)`)
  const object = objects.object()
  const url = `postgres://${name}:reader@${server.host}:${server.port}/${name}`
  const config = await decodeConfig(
    {
      sources: { shop: { type: "postgres", url: { secret: "URL" } } },
      tables: tables.map((table) => ({ source: "shop", ...table })),
      ...more,
    },
    { connectors: [postgres], secrets: () => url },
  ).pipe(Effect.runPromise)
  /** Time goes on by a few milliseconds each time that it is asked for. */
  const ticking = (start: number) =>
    Effect.map(Clock.Clock, (real): Clock.Clock => {
      let now = start - 3
      const next = () => (now += 3)
      return {
        currentTimeMillisUnsafe: next,
        currentTimeMillis: Effect.sync(next),
        currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe(),
        currentTimeNanos: real.currentTimeNanos,
        monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: real.monotonicTimeNanos,
        sleep: (duration) => real.sleep(duration),
      }
    })
  const wakeAt = (at: number, memory: unknown = undefined, stop?: Stop): Promise<WakeUp> =>
    wake(config, memory, stop).pipe(
      Effect.provideServiceEffect(Clock.Clock, ticking(at)),
      Effect.provide(sink(object.execute)),
      Effect.runPromise,
    )
  return { database, object, wakeAt }
}

const names = ({ results }: WakeUp) => results.map(({ table }) => table).toSorted()

/** In how many seconds, but for the moment that the wake-up took, the next one is. */
const soon = ({ nextAt = Number.NaN }: WakeUp, at: number) => Math.floor((nextAt - at) / 1000)

const all = [
  { table: "often", every: "5 minutes" },
  { table: "seldom", cron: "0 */2 * * *" },
  { table: "many.*", every: "15 minutes" },
]

describe("a driver that comes when it is told to", () => {
  it("runs every table on time over four hours, in as few wake-ups as there are times", async () => {
    const { wakeAt } = await makeDriver(all)
    const start = Date.parse("2026-03-01T00:00:00Z")
    const times = new Map<string, Array<number>>()
    let at = start
    let wakeUps = 0
    let memory: unknown
    while (at < start + 4 * hour) {
      const woken = await wakeAt(at, memory)
      wakeUps += 1
      for (const table of names(woken)) times.set(table, [...(times.get(table) ?? []), (at - start) / minute])
      memory = JSON.parse(JSON.stringify(woken.memory))
      expect(woken.nextAt).toBeGreaterThan(at)
      at = woken.nextAt ?? Number.POSITIVE_INFINITY
    }
    expect(wakeUps).toBe(48)
    expect(times.get("often")).toHaveLength(48)
    expect(times.get("seldom")).toEqual(Array.from({ length: 2 }, (_, index) => index * 120))
    expect(times.get("first")).toEqual(Array.from({ length: 16 }, (_, index) => index * 15))
    expect(times.get("second")).toEqual(times.get("first"))
  })

  it("comes no oftener although the sink does not note a run that found nothing", async () => {
    const { wakeAt } = await makeDriver([{ table: "often", every: "5 seconds" }])
    let at = Date.parse("2026-03-01T00:00:00Z")
    let memory: unknown
    for (let i = 0; i < 24; i++) {
      const woken = await wakeAt(at, memory)
      expect(names(woken)).toEqual(["often"])
      expect(woken.nextAt).toBe(at + 5000)
      memory = woken.memory
      at += 5000
    }
  })

  it("does no harm where it is late, doubled or forgetful, and where the clock is set back", async () => {
    const { wakeAt } = await makeDriver(all)
    const start = Date.parse("2026-03-01T00:00:00Z")
    const often: Array<number> = []
    let at = start
    let wakeUps = 0
    let memory: unknown
    while (at < start + 4 * hour) {
      wakeUps += 1
      const woken = await wakeAt(at, memory)
      if (names(woken).includes("often")) often.push(at)
      const isTold = wakeUps % 5 !== 0
      memory = isTold ? woken.memory : undefined
      if (wakeUps % 7 === 0) {
        const doubled = names(await wakeAt(at + 1000, woken.memory))
        for (const table of names(woken)) expect(doubled).not.toContain(table)
      }
      const late = wakeUps % 11 === 0 ? 20 * minute : 0
      const isSetBack = wakeUps === 30
      at = isSetBack ? at - 2 * hour : Math.max(at, woken.nextAt ?? Number.POSITIVE_INFINITY) + late
    }
    const gaps = often.slice(1).map((time, index) => time - (often[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThan(25 * minute + 1000)
    expect(gaps.filter((gap) => gap < 4.9 * minute).length).toBeLessThanOrEqual(wakeUps / 5 + 1)
    // Each wake-up that has forgotten looks once more at what the sink has not noted, and no oftener.
    expect(wakeUps).toBeLessThan(6 * 12 * 1.2 + 10)
  })
})

describe("what is due next", () => {
  it("is what failed, at its retry, and what waits for its source, with it", async () => {
    const { database, wakeAt, object } = await makeDriver([
      { table: "often" },
      { table: "often", into: "wrong", cursor: "nope" },
      { table: "many.*" },
    ])
    const at = Date.parse("2026-03-01T00:00:00Z")
    const woken = await wakeAt(at)
    expect(woken.results.map(({ table, error }) => [table, error?.code])).toEqual([
      ["often", undefined],
      ["wrong", "invalid-config"],
      ["first", undefined],
      ["second", undefined],
    ])
    expect(woken.nextAt).toBe(at + minute)
    await database.query("ALTER TABLE many.first RENAME id TO key; DROP TABLE many.second")
    await server.query(`ALTER ROLE ${database.name} NOLOGIN`)
    const refused = await wakeAt(at + minute, woken.memory)
    expect(refused.results.every(({ error }) => error !== undefined)).toBe(true)
    const [[retryAt]] = (await object.execute("SELECT retry_at FROM tmp_replication_sources", [])) as [[number]]
    expect(refused.nextAt).toBe(retryAt)
    await server.query(`ALTER ROLE ${database.name} LOGIN`)
    const again = await wakeAt(retryAt, refused.memory)
    expect(again.results.map(({ table, error }) => [table, error?.code]).toSorted()).toEqual([
      ["first", undefined],
      ["often", undefined],
      ["second", "table-missing"],
    ])
    expect(again.nextAt).toBe(retryAt + minute)
  })

  it("is nothing where all wait for an operator", async () => {
    const { wakeAt } = await makeDriver([{ table: "often", cursor: "nope" }])
    const woken = await wakeAt(1_800_000_000_000)
    expect(woken.results).toMatchObject([{ error: { code: "invalid-config" } }])
    expect(woken.nextAt).toBeUndefined()
  })

  it("is a table that is not there, at growing distances, so that it goes on by itself once it is back", async () => {
    const { database, wakeAt } = await makeDriver([{ table: "later" }])
    const at = 1_800_000_000_000
    const first = await wakeAt(at)
    expect(first.results).toMatchObject([{ error: { code: "table-missing" } }])
    const second = await wakeAt(first.nextAt ?? 0, first.memory)
    expect(second.results).toMatchObject([{ error: { code: "table-missing" } }])
    expect((second.nextAt ?? 0) - (first.nextAt ?? 0)).toBeGreaterThan((first.nextAt ?? 0) - at)
    await database.query("CREATE TABLE later (id int PRIMARY KEY); INSERT INTO later VALUES (1)")
    const third = await wakeAt(second.nextAt ?? 0, second.memory)
    expect(third.results).toMatchObject([{ table: "later", written: 1, error: undefined }])
  })

  it("is at once where more remains, and soon where another run holds the table", async () => {
    const { database, wakeAt, object } = await makeDriver([{ table: "often", batchSize: 100 }], {
      budget: { rows: 100 },
    })
    await database.query("INSERT INTO often SELECT generate_series(1, 250)")
    const at = 1_800_000_000_000
    const first = await wakeAt(at)
    expect(first.nextAt).toBeLessThanOrEqual(at)
    await object.execute("UPDATE tmp_replication_tables SET lease_until = ?", [String(at + 30_000)])
    const held = await wakeAt(at, first.memory)
    expect(held.results).toEqual([])
    expect(soon(held, at)).toBe(5)
    await object.execute("UPDATE tmp_replication_tables SET lease_until = 0", [])
    expect((await wakeAt(at, held.memory)).results).toMatchObject([{ read: 100, more: true }])
  })

  it("is at once where a stop came, by which each pull ends at its next page", async () => {
    const { database, wakeAt } = await makeDriver([{ table: "often", batchSize: 100 }, { table: "seldom" }])
    await database.query("INSERT INTO often SELECT generate_series(1, 250)")
    const at = 1_800_000_000_000
    const stopped = await wakeAt(at, undefined, { aborted: true })
    const did = ({ results }: WakeUp) =>
      Object.fromEntries(results.map(({ table, read, more }) => [table, { read, more }]))
    expect(did(stopped)).toEqual({ often: { read: 100, more: true }, seldom: { read: 0, more: true } })
    expect(stopped.nextAt).toBeLessThanOrEqual(at)
    const next = await wakeAt(at, stopped.memory)
    expect(did(next)).toEqual({ often: { read: 150, more: false }, seldom: { read: 0, more: false } })
  })

  it("is not asked in a loop where nothing can even be noted", async () => {
    const { wakeAt, object } = await makeDriver([{ table: "absent" }])
    object.fault = (sql) => {
      if (sql.includes("INSERT INTO tmp_replication_tables")) throw new Error("disk full: SQLITE_FULL")
    }
    const at = 1_800_000_000_000
    expect(soon(await wakeAt(at), at)).toBe(1)
  })
})
