import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { until } from "./support/until.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let worker: TestWorker
let read = 0

beforeAll(async () => {
  postgres = await startPostgres()
})
afterEach(async () => {
  await worker?.stop()
})
afterAll(() => postgres?.stop())

const start = async (tables: ReadonlyArray<object>, more: object = {}, url = postgres.url) => {
  read = 0
  worker = await startWorker({
    config: {
      ...more,
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: tables.map((table) => ({ source: "shop", ...table })),
    },
    variables: { SHOP_URL: url, REPLICATION_ALARM: "off" },
  })
}

type Line = Readonly<Record<string, unknown>>

/** The lines since the last call, once there are so many of them. */
const lines = async (count: number): Promise<ReadonlyArray<Line>> => {
  await until(() => (worker.logs.length >= read + count ? "enough" : undefined))
  const fresh = worker.logs.slice(read)
  read = worker.logs.length
  return fresh.map((line): Line => {
    const parsed = JSON.parse(line) as Line
    expect(Object.keys(parsed).slice(0, 4)).toEqual(["time", "level", "logger", "event"])
    expect(parsed).toMatchObject({ time: expect.stringMatching(/Z$/), logger: "starbase-replication" })
    return parsed
  })
}

/** Does something that logs as its last act, so that what came before it is known to be all. */
const andNothingMore = async () => {
  const marker = "INSERT INTO tmp_replication_tables (name, source, source_table) VALUES ('marker', '', 'marker')"
  await worker.admin.post("/query", { sql: marker })
  await worker.admin.post("/replicate/marker/reset")
  const fresh = await lines(1)
  expect(fresh).toMatchObject([{ event: "table.reset", table: "marker" }])
}

it("tells of runs that did something, and not of idle ones", async () => {
  await postgres.query("CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 3)")
  await start([{ table: "items" }])
  await worker.admin.post("/replicate")
  expect(await lines(1)).toEqual([
    {
      time: expect.any(String),
      level: "info",
      logger: "starbase-replication",
      event: "table.run",
      source: "shop",
      table: "items",
      read: 3,
      written: 3,
      deleted: 0,
      rejected: 0,
      pages: expect.any(Number),
      more: false,
      millis: expect.any(Number),
    },
  ])
  for (let i = 0; i < 3; i++) await worker.admin.post("/replicate")
  await andNothingMore()
})

it("tells of a failure at growing distances, at once of another one, and of the recovery", async () => {
  await postgres.query("CREATE TABLE moody (id int PRIMARY KEY, name text)")
  await start([{ table: "moody", columns: ["id", "name"] }])
  await worker.admin.post("/replicate")
  await postgres.query("DROP TABLE moody")
  for (let i = 0; i < 9; i++) await worker.admin.post("/replicate/moody")
  const failing = await lines(4)
  expect(failing[0]).toMatchObject({
    level: "error",
    event: "table.failing",
    source: "shop",
    table: "moody",
    code: "table-missing",
    message: expect.stringContaining("no table moody"),
    hint: expect.any(String),
  })
  expect(failing.map(({ failures, omitted }) => [failures, omitted])).toEqual([
    [1, 0],
    [2, 0],
    [4, 1],
    [8, 3],
  ])
  await postgres.query("CREATE TABLE moody (id int PRIMARY KEY, other text)")
  await worker.admin.post("/replicate/moody")
  expect(await lines(1)).toMatchObject([{ event: "table.failing", code: "invalid-config", failures: 10 }])
  await postgres.query("ALTER TABLE moody RENAME other TO name")
  await worker.admin.post("/replicate/moody")
  // It is another table than the one that was dropped, so that its replica is built anew.
  expect(await lines(2)).toMatchObject([
    { event: "table.rebuilt", table: "moody" },
    { level: "info", event: "table.recovered", table: "moody", failures: 10 },
  ])
  await andNothingMore()
})

it("tells what an operator does, what drifts, and what is built anew and verified", async () => {
  await postgres.query("CREATE TABLE steered (id int PRIMARY KEY); INSERT INTO steered SELECT generate_series(1, 500)")
  await start([{ table: "steered", deletes: { reconcile: "0 seconds" } }])
  const post = (path: string) => worker.admin.post(`/replicate/steered${path}`)
  await post("")
  await post("/pause")
  await post("/resume")
  await post("/refresh")
  expect((await lines(5)).map(({ event }) => event)).toEqual([
    "table.run",
    "table.paused",
    "table.resumed",
    "table.rebuilt",
    "table.run",
  ])
  await postgres.query("ALTER TABLE steered ADD COLUMN name text")
  await post("")
  expect(await lines(3)).toMatchObject([
    { level: "warn", event: "table.drift", table: "steered" },
    { event: "table.rebuilt" },
    { event: "table.run" },
  ])
  await post("/verify")
  expect(await lines(1)).toMatchObject([
    { level: "info", event: "table.verified", table: "steered", checked: 500, differing: 0, repaired: 0 },
  ])
  await postgres.query("DELETE FROM steered")
  await post("")
  expect((await lines(1)).at(-1)).toMatchObject({ event: "table.failing", code: "delete-guard" })
  await post("/confirm")
  expect(await lines(1)).toMatchObject([{ event: "table.confirmed", table: "steered" }])
  await post("/reset")
  expect(await lines(1)).toMatchObject([{ event: "table.reset", table: "steered" }])
})

it("tells of a source that is down and of its return, once for all of its tables", async () => {
  const database = await postgres.createDatabase("gone")
  await database.query("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
  await postgres.query("ALTER DATABASE gone CONNECTION LIMIT 0; CREATE ROLE reader LOGIN PASSWORD 'reads a lot'")
  const url = new URL(database.url)
  url.username = "reader"
  url.password = "reads a lot"
  await database.query("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
  await start([{ table: "a" }, { table: "b" }], {}, url.href)
  await worker.admin.post("/replicate")
  const [down, ...more] = await lines(1)
  expect(more).toEqual([])
  expect(down).toMatchObject({
    level: "error",
    event: "source.down",
    source: "shop",
    code: expect.any(String),
    failures: 1,
    retryAt: expect.stringMatching(/Z$/),
  })
  await postgres.query("ALTER DATABASE gone CONNECTION LIMIT -1")
  await worker.admin.post("/replicate")
  expect((await lines(1)).map(({ event }) => event)).toEqual(["source.up"])
})

it("says nothing where it is off", async () => {
  await postgres.query("CREATE TABLE quiet (id int PRIMARY KEY); INSERT INTO quiet VALUES (1)")
  await start([{ table: "quiet" }, { table: "missing" }], { log: "off" })
  await worker.admin.post("/replicate")
  await worker.admin.post("/replicate/quiet/reset")
  expect(worker.logs).toEqual([])
})
