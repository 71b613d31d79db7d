import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWorker, type TestWorker } from "./support/worker.ts"

/** What stands in the state of a source that is down. */
const host = "db.internal.example"

let postgres: Postgres
let worker: TestWorker
beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query("CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1, 'one')")
  const config = {
    log: "off",
    freshness: {},
    sources: {
      shop: { type: "postgres", url: { secret: "SHOP_URL" } },
      down: { type: "postgres", url: { secret: "DOWN_URL" } },
    },
    tables: [
      { source: "shop", table: "orders" },
      { source: "down", table: "lost" },
    ],
  }
  const variables = { SHOP_URL: postgres.url, DOWN_URL: `postgres://replica:hush@${host}:1/none` }
  worker = await startWorker({ config, variables: { ...variables, REPLICATION_ALARM: "off" } })
  expect((await worker.admin.post("/replicate")).status).toBe(207)
  for (const sql of [
    "CREATE VIEW seen AS SELECT name, error FROM tmp_replication_sources",
    "CREATE VIEW seen_again AS SELECT * FROM seen",
    "CREATE TABLE kept (id INTEGER PRIMARY KEY, error TEXT)",
    "CREATE TABLE tmp_replication_next_orders (id INTEGER PRIMARY KEY)",
    "CREATE INDEX tmp_replication_by_source ON tmp_replication_tables (source)",
    "INSERT INTO kept VALUES (1, 'own')",
  ]) {
    expect((await worker.admin.post("/query", { sql })).status).toBe(200)
  }
})
afterAll(async () => {
  await worker?.stop()
  await postgres?.stop()
})

const refused = { status: 403, error: expect.stringContaining("tmp_replication_") }

const asked = [
  "SELECT * FROM tmp_replication_sources",
  "SELECT count(*) FROM tmp_replication_tables",
  "SELECT 1 FROM tmp_replication_next_orders",
  'SELECT * FROM main."TMP_Replication_Sources"',
  "SELECT * FROM [tmp_replication_history]",
  "SELECT * FROM/**/`tmp_replication_rejects`",
  "SELECT * FROM 'tmp_replication_sources'",
  "SELECT source FROM tmp_replication_tables ORDER BY source",
  "SELECT error FROM seen",
  "SELECT * FROM seen_again",
  "WITH s AS (SELECT * FROM tmp_replication_sources) SELECT 1 FROM s",
  "WITH orders AS (SELECT * FROM seen) SELECT * FROM orders",
  "SELECT id FROM orders ORDER BY (SELECT error FROM tmp_replication_sources)",
  "SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM tmp_replication_sources WHERE error LIKE '%d%')",
  "SELECT id FROM orders UNION ALL SELECT error FROM tmp_replication_sources",
  "SELECT value FROM json_each((SELECT json_group_array(error) FROM tmp_replication_sources))",
  "VALUES ((SELECT error FROM tmp_replication_sources))",
  "EXPLAIN SELECT * FROM tmp_replication_sources",
  "EXPLAIN QUERY PLAN SELECT * FROM seen",
  "explain/**/query -- x\n plan SELECT * FROM seen",
]

describe("the client's token", () => {
  it("sees in the admin's answers what it must not read itself", async () => {
    const { result } = await worker.admin.post("/query", { sql: "SELECT error FROM tmp_replication_sources" })
    expect(JSON.stringify(result)).toContain(host)
  })

  it.each(asked)("is refused %s", async (sql) => {
    for (const path of ["/query", "/query/raw"]) {
      expect(await worker.client.post(path, { sql })).toEqual(refused)
      expect(await worker.client.post(path, { transaction: [{ sql: "SELECT 1" }, { sql }] })).toEqual(refused)
    }
    const fresh = await worker.request("/query", {
      method: "POST",
      token: "the client's token",
      headers: { "Content-Type": "application/json", "X-Replication-Max-Staleness": "0s" },
      body: JSON.stringify({ sql }),
    })
    expect([fresh.status, await fresh.text()]).toEqual([403, expect.not.stringContaining(host)])
  })

  it.each([
    "SELECT $x('); SELECT * FROM tmp_replication_sources; --')",
    "SELECT $x('); DELETE FROM kept; --')",
    "SELECT 1) ; SELECT * FROM (tmp_replication_sources",
    "EXPLAIN SELECT 1; SELECT * FROM tmp_replication_sources",
    "EXPLAIN; SELECT * FROM tmp_replication_sources",
    "SELECT 1 UNION SELECT 2; SELECT * FROM seen",
  ])("gets nothing by a second statement: %j", async (sql) => {
    const answers = [
      await worker.client.post("/query", { sql }),
      await worker.client.post("/query", { sql, params: [1] }),
    ]
    for (const { status, ...answer } of answers) {
      expect([400, 403]).toContain(status)
      expect(JSON.stringify(answer)).not.toContain(host)
    }
    expect(await worker.admin.rows("SELECT id FROM kept")).toEqual([[1]])
  })

  it("gets nothing by a virtual table whose content is one of them", async () => {
    const content = "content='tmp_replication_sources', content_rowid='failures'"
    await worker.admin.post("/query", { sql: `CREATE VIRTUAL TABLE found USING fts5(error, ${content})` })
    await worker.admin.post("/query", { sql: "CREATE VIRTUAL TABLE words USING fts5(note)" })
    await worker.admin.post("/query", { sql: "INSERT INTO words VALUES ('hello world')" })
    const answer = await worker.client.post("/query", { sql: "SELECT error FROM found" })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer)).not.toContain(host)
    expect(await worker.client.rows("SELECT note FROM words WHERE words MATCH 'hello'")).toEqual([["hello world"]])
    expect(await worker.admin.rows("SELECT count(*) FROM tmp_replication_sources")).toEqual([[1]])
    expect(JSON.stringify(await worker.admin.rows("SELECT error FROM found"))).toContain(host)
    await worker.admin.post("/query", { sql: "DROP TABLE found; DROP TABLE words" })
  })

  it.each([
    ["SELECT note FROM orders", [["one"]]],
    ["SELECT error FROM kept WHERE error <> 'tmp_replication_sources'", [["own"]]],
    ["SELECT value FROM json_each(?)", [[7]], "[7]"],
    ["SELECT count(*) > 1 FROM sqlite_master WHERE name LIKE 'tmp_replication_%'", [[1]]],
    ["SELECT id AS a, id AS a FROM orders; -- and a comment; with a semicolon", [[1, 1]]],
    ["SELECT id FROM orders; /* the end */ ;;", [[1]]],
    ["SELECT id FROM orders /* open", [[1]]],
    [";; WITH o AS (SELECT id FROM orders) SELECT id FROM o ORDER BY 1 LIMIT 1", [[1]]],
    ["VALUES (1), (2)", [[1], [2]]],
  ] as const)("reads with %s", async (sql, rows, ...params) => {
    expect(await worker.client.rows(sql, params)).toEqual(rows)
  })

  it("reads with EXPLAIN what it may read", async () => {
    expect(JSON.stringify(await worker.client.rows("EXPLAIN QUERY PLAN SELECT * FROM orders"))).toContain("SCAN orders")
    expect(JSON.stringify(await worker.client.rows("EXPLAIN SELECT * FROM orders"))).toContain("OpenRead")
  })

  it("is told its mistakes in SQLite's words, where they are", async () => {
    const { error } = await worker.client.post("/query", { sql: "SELECT id FRM orders" })
    expect(error).toBe((await worker.admin.post("/query", { sql: "SELECT id FRM orders" })).error)
    expect(error).toContain("at offset 14")
  })
})

it("lets the admin's SQL end in a comment too", async () => {
  expect(await worker.admin.rows("SELECT id FROM orders; -- x")).toEqual([[1]])
  const several = "INSERT INTO kept VALUES (2, 'two'); DELETE FROM kept WHERE id = 2; /* x */"
  expect((await worker.admin.post("/query", { sql: several })).status).toBe(200)
})
