import { setTimeout as sleep } from "node:timers/promises"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { until } from "./support/until.ts"
import { adminToken, clientToken, startWorker, type TestWorker } from "./support/worker.ts"

const deadline = 3000

let postgres: Postgres
let worker: TestWorker
let stopped: Array<() => Promise<unknown>> = []

const start = async (more: object = { freshness: { deadline: "3 seconds" } }, variables: object = {}) => {
  const started = await startWorker({
    config: {
      log: "off",
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: ["orders", "items", "others"].map((table) => ({ source: "shop", table, every: "1 day" })),
      ...more,
    },
    variables: { SHOP_URL: postgres.url, REPLICATION_ALARM: "off", ...variables },
  })
  stopped.push(started.stop)
  return started
}

beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(
    ["orders", "items", "others"].map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY, name text)`).join(";"),
  )
  worker = await start()
  await worker.admin.post("/replicate")
  for (const sql of [
    "CREATE VIEW seen AS SELECT o.id FROM orders o LEFT JOIN items i ON i.id = o.id",
    "CREATE INDEX orders_name ON orders (name)",
    "CREATE TABLE own (id INTEGER PRIMARY KEY)",
  ]) {
    expect((await worker.admin.post("/query", { sql })).status).toBe(200)
  }
})
afterAll(async () => {
  await Promise.all(stopped.map((stop) => stop()))
  stopped = []
  await postgres?.stop()
})

/** A query that asks for fresh rows. */
const ask = async (
  body: object,
  { staleness = "0s", path = "/query", token = clientToken, to = worker, headers = {} } = {},
) => {
  const startedAt = Date.now()
  const response = await to.request(path, {
    method: "POST",
    token,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-Replication-Max-Staleness": staleness, ...headers },
  })
  const lag = response.headers.get("X-Replication-Lag")
  const { result, error } = (await response.json()) as { readonly result?: unknown; readonly error?: string }
  return { status: response.status, result, error, lag, seconds: Number(lag), millis: Date.now() - startedAt }
}

let last = 0
/** Adds a row at the source and gives its id. */
const add = async (table: string): Promise<number> => {
  last++
  await postgres.query(`INSERT INTO ${table} VALUES (${last}, 'n${last}')`)
  return last
}

/** Makes every read of a table at the source wait until `release`. */
const hold = async (table: string) => {
  const client = new pg.Client(postgres.url)
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`)
  return {
    release: async () => {
      await client.query("COMMIT")
      await client.end()
    },
  }
}

/** The sessions of this project that wait for a lock at the source. */
const waiting = async (): Promise<number> => {
  const [row] = await postgres.query(
    "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'starbase-replication' AND wait_event_type = 'Lock'",
  )
  return Number(row?.[0])
}

describe("a query that asks for fresh rows", () => {
  it.each([
    ["a table", "SELECT max(id) AS n FROM orders", []],
    ["a name in another case", 'SELECT max(id) AS n FROM "ORDERS" AS o', []],
    [
      "an index alone",
      "SELECT CAST(substr(name, 2) AS INTEGER) AS n FROM orders WHERE name = 'n' || CAST(? AS INTEGER)",
      ["last"],
    ],
    ["a view", "SELECT max(id) AS n FROM seen", []],
    ["a CTE", "WITH a AS (SELECT id FROM orders), b AS (SELECT id FROM a) SELECT max(id) AS n FROM b", []],
    ["a subquery", "SELECT (SELECT max(id) FROM orders WHERE id <> ?) AS n", [-1]],
    ["a count", "SELECT count(*) * 0 + ? AS n FROM orders WHERE id = ?", ["last", "last"]],
    ["a text with a semicolon", "SELECT max(id) AS n FROM orders WHERE name <> ';'", []],
  ])("gets them through %s", async (_name, sql, params) => {
    const id = await add("orders")
    const body = { sql, params: params.map((param) => (param === "last" ? id : param)) }
    const { result, lag, seconds, status } = await ask(body)
    expect({ status, result }).toEqual({ status: 200, result: [{ n: id }] })
    expect(lag).toMatch(/^\d+(\.\d+)?$/)
    expect(seconds).toBeLessThan(deadline / 1000)
  })

  it("gets them from /query/raw, and in a transaction", async () => {
    const [order, item] = [await add("orders"), await add("items")]
    expect((await ask({ sql: "SELECT max(id) FROM orders" }, { path: "/query/raw" })).result).toMatchObject({
      rows: [[order]],
    })
    const transaction = [{ sql: "SELECT 1" }, { sql: "SELECT max(id) AS n FROM items WHERE id > ?", params: [0] }]
    expect((await ask({ transaction })).result).toEqual([[{ 1: 1 }], [{ n: item }]])
  })

  it("pulls no table that it does not read", async () => {
    const id = await add("others")
    expect((await ask({ sql: "SELECT max(id) FROM orders" })).status).toBe(200)
    expect(await worker.client.rows("SELECT id FROM others WHERE id = ?", [id])).toEqual([])
    expect(await ask({ sql: "SELECT count(*) AS n FROM own" })).toMatchObject({ result: [{ n: 0 }], seconds: 0 })
  })

  it("pulls nothing that is fresh enough, and says how old it is", async () => {
    const before = await ask({ sql: "SELECT max(id) AS n FROM orders" })
    const id = await add("orders")
    const { result, seconds } = await ask({ sql: "SELECT max(id) AS n FROM orders" }, { staleness: "1 hour" })
    expect(result).toEqual(before.result)
    expect(seconds).toBeGreaterThan(0)
    expect((await ask({ sql: "SELECT max(id) AS n FROM orders" }, { staleness: "1ms" })).result).toEqual([{ n: id }])
  })

  it("knows what a pull that found nothing has found", async () => {
    await ask({ sql: "SELECT 1 FROM orders" })
    // What is stored of the last pull that found something has to be too old by itself.
    await sleep(3500)
    await ask({ sql: "SELECT 1 FROM orders" })
    const held = await hold("orders")
    try {
      const { millis, seconds } = await ask({ sql: "SELECT 1 FROM orders" }, { staleness: "3s" })
      expect(millis).toBeLessThan(deadline)
      expect(seconds).toBeLessThan(3)
    } finally {
      await held.release()
    }
  })

  it("shares one pull with all who ask at the same time", async () => {
    const id = await add("orders")
    const held = await hold("orders")
    const asked = Array.from({ length: 20 }, () =>
      ask({ sql: "SELECT max(id) AS n FROM orders" }, { staleness: "1 ms" }),
    )
    await until(async () => ((await waiting()) > 0 ? "waiting" : undefined))
    // Longer than it takes each of them to begin a pull of its own.
    await sleep(300)
    const sessions = await waiting()
    await held.release()
    const answers = await Promise.all(asked)
    expect(sessions).toBe(1)
    expect(answers.map(({ result }) => result)).toEqual(Array.from({ length: 20 }, () => [{ n: id }]))
  })

  it("is answered at the deadline with what there is, and told how old that is", async () => {
    await ask({ sql: "SELECT 1 FROM items" })
    const id = await add("items")
    const held = await hold("items")
    try {
      const { result, seconds, millis } = await ask({
        sql: "SELECT count(*) AS n FROM items WHERE id = ?",
        params: [id],
      })
      expect(result).toEqual([{ n: 0 }])
      expect(millis).toBeGreaterThanOrEqual(deadline)
      expect(seconds).toBeGreaterThanOrEqual(deadline / 1000)
    } finally {
      await held.release()
    }
    // The pull went on behind the answer.
    await until(async () =>
      (await worker.client.rows("SELECT 1 FROM items WHERE id = ?", [id])).length > 0 ? 1 : undefined,
    )
  })

  it("leaves a table alone that is paused", async () => {
    await worker.admin.post("/replicate/others/pause")
    const id = await add("others")
    const { result, lag, millis } = await ask({ sql: "SELECT count(*) AS n FROM others WHERE id = ?", params: [id] })
    expect({ result, isKnown: lag !== "unknown" }).toEqual({ result: [{ n: 0 }], isKnown: true })
    expect(millis).toBeLessThan(deadline)
    await worker.admin.post("/replicate/others/resume")
  })

  it.each(["5", "-1s", "soon", "", "Infinity", "1s; 2s"])("is refused where it asks for %j", async (staleness) => {
    const { status, error } = await ask({ sql: "SELECT 1" }, { staleness })
    expect({ status, error }).toEqual({
      status: 400,
      error: `X-Replication-Max-Staleness must be a duration such as "5s", "500ms" or "1 minute", not ${JSON.stringify(staleness)}.`,
    })
  })

  it.each(["5s", "500ms", "1m", "1.5 h", "5 seconds", "1 minute"])("may ask for %j", async (staleness) => {
    expect((await ask({ sql: "SELECT 1 FROM orders" }, { staleness })).status).toBe(200)
  })
})

describe("tables of a wildcard", () => {
  it("are pulled as others are", async () => {
    const wild = await start({ freshness: {}, tables: [{ source: "shop", table: "*", every: "1 day" }] })
    await wild.admin.post("/replicate")
    const id = await add("items")
    expect(await ask({ sql: "SELECT max(id) AS n FROM items" }, { to: wild })).toMatchObject({ result: [{ n: id }] })
    expect(await wild.client.rows("SELECT count(*) FROM items WHERE id = ?", [id])).toEqual([[1]])
  })
})

describe("the header opens nothing", () => {
  it.each([
    "SELECT 1; DELETE FROM own",
    "; DELETE FROM own",
    "SELECT 1 --\n; DELETE FROM own",
    "QUERY PLAN SELECT 1; DELETE FROM own",
    "DELETE FROM own",
  ])("to a client who sends %j", async (sql) => {
    await worker.admin.post("/query", { sql: "INSERT OR IGNORE INTO own VALUES (1)" })
    expect((await ask({ sql })).status).toBe(403)
    expect(await worker.client.rows("SELECT id FROM own")).toEqual([[1]])
  })

  it("and mistakes are answered as without it", async () => {
    expect(await ask({ sql: "SELECT * FROM nowhere" })).toMatchObject({
      status: 400,
      error: expect.stringContaining("no such table: nowhere"),
      lag: "unknown",
    })
    expect(await ask({ sql: 1 })).toMatchObject({ status: 400, error: "sql must be SQL text.", lag: "unknown" })
    expect(await ask({ sql: "SELECT ? AS a", params: [true] })).toMatchObject({ result: [{ a: 1 }] })
  })
})

describe("a source that is down", () => {
  it("is asked once, and its readers are answered at once until its circuit closes", async () => {
    const table = [{ source: "shop", table: "orders", every: "1 day" }]
    const other = await start(
      { freshness: {}, tables: table },
      { SHOP_URL: "postgres://nobody:nothing@127.0.0.1:1/none" },
    )
    await other.admin.post("/query", { sql: "CREATE TABLE orders (id INTEGER)" })
    for (let i = 0; i < 3; i++) {
      expect(await ask({ sql: "SELECT count(*) AS n FROM orders" }, { to: other })).toMatchObject({
        status: 200,
        result: [{ n: 0 }],
        lag: "unknown",
      })
    }
    const { result } = await other.admin.get<{ sources: ReadonlyArray<object> }>("/replicate/status")
    expect(result?.sources).toMatchObject([{ circuit: "open", failures: 1 }])
  })
})

describe("without freshness in the config, or without the header", () => {
  it("queries pass untouched", async () => {
    const off = await start({})
    await off.admin.post("/replicate")
    const id = await add("orders")
    const sql = "SELECT count(*) AS n FROM orders WHERE id = ?"
    expect(await ask({ sql, params: [id] }, { to: off })).toMatchObject({ status: 200, result: [{ n: 0 }], lag: null })
    expect(await ask({ sql, params: [id] }, { to: off, staleness: "nonsense" })).toMatchObject({
      status: 200,
      lag: null,
    })
    const plain = await worker.request("/query", {
      method: "POST",
      token: adminToken,
      body: JSON.stringify({ sql, params: [id] }),
      headers: { "Content-Type": "application/json" },
    })
    expect(plain.headers.get("X-Replication-Lag")).toBeNull()
    expect(await plain.json()).toEqual({ result: [{ n: 0 }] })
  })
})
