import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adminToken, clientToken, startWorker, type TestWorker } from "./support/worker.ts"

let worker: TestWorker
beforeAll(async () => {
  worker = await startWorker()
})
afterAll(() => worker?.stop())

const query = (body: unknown, path = "/query") => worker.admin.post(path, body)

describe("tokens", () => {
  const post = (init: { readonly token?: string }) =>
    worker.request("/query", {
      method: "POST",
      body: '{"sql":"SELECT 1 AS one"}',
      headers: { "Content-Type": "application/json" },
      ...init,
    })

  it("turns a request without a token away with 401", async () => {
    const response = await post({})
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: "Unauthorized request" })
  })

  it.each(["wrong", `${adminToken}x`, adminToken.slice(1), ""])("turns the token %j away", async (token) => {
    expect((await post({ token })).status).toBe(token === "" ? 401 : 400)
  })

  it.each([adminToken, clientToken])("lets %j in", async (token) => {
    const response = await post({ token })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ result: [{ one: 1 }] })
  })

  it("answers a preflight without a token", async () => {
    const response = await worker.request("/query", { method: "OPTIONS" })
    expect(response.status).toBe(204)
    expect(response.headers.get("Access-Control-Allow-Headers")).toContain("Authorization")
  })
})

describe("POST /query", () => {
  it("answers rows as objects", async () => {
    const sql = "SELECT ? AS a, ? AS b, ? AS c, x'00ff' AS d"
    expect(await query({ sql, params: ["text", null, true] })).toEqual({
      status: 200,
      result: [{ a: "text", b: null, c: 1, d: "00ff" }],
    })
  })

  it("answers rows as arrays under /query/raw, with what they cost", async () => {
    await query({ sql: "CREATE TABLE raw (id INTEGER PRIMARY KEY)" })
    expect(await query({ sql: "INSERT INTO raw VALUES (1), (2) RETURNING id, id" }, "/query/raw")).toEqual({
      status: 200,
      result: {
        columns: ["id", "id"],
        rows: [
          [1, 1],
          [2, 2],
        ],
        meta: { rows_read: expect.any(Number), rows_written: 2 },
      },
    })
  })

  it("answers a mistake in the SQL with 400 and SQLite's words", async () => {
    const answer = await query({ sql: "SELECT * FROM nowhere" })
    expect(answer).toEqual({ status: 400, error: expect.stringContaining("no such table: nowhere") })
  })

  it("answers what it does not have with 404", async () => {
    expect(await worker.admin.get("/nowhere")).toEqual({ status: 404, error: "Not found" })
  })

  it.each([
    [[], 'The body must be an object with "sql" or "transaction".'],
    [{}, "sql must be SQL text."],
    [{ sql: " " }, "sql must be SQL text."],
    [{ sql: "SELECT ?", params: "a" }, "params must be an array."],
    [{ sql: "SELECT ?", params: [{ a: 1 }] }, "params[0] must be a string, a number, a boolean or null."],
    [{ transaction: [] }, "transaction must be an array of at least one statement."],
    [{ transaction: [{ sql: "SELECT 1" }, { sql: 1 }] }, "transaction[1].sql must be SQL text."],
    [
      { transaction: [{ sql: "SELECT ?", params: [[]] }] },
      "transaction[0].params[0] must be a string, a number, a boolean or null.",
    ],
    [{ sql: "SELECT 1", transaction: [{ sql: "SELECT 1" }] }, 'Give either "sql" or "transaction", not both.'],
  ])("refuses the body %j", async (body, error) => {
    expect(await query(body)).toEqual({ status: 400, error })
  })

  it.each([
    ["application/json", "{", "The body is not JSON."],
    ["text/plain", '{"sql":"SELECT 1"}', "Content-Type must be application/json."],
  ])("refuses a body of %s that is %s", async (type, body, error) => {
    const response = await worker.request("/query", {
      method: "POST",
      token: adminToken,
      body,
      headers: { "Content-Type": type },
    })
    expect([response.status, await response.json()]).toEqual([400, { error }])
  })
})

describe("transactions", () => {
  beforeAll(() => query({ sql: "CREATE TABLE entries (id INTEGER PRIMARY KEY)" }))

  it("answers a result for each statement", async () => {
    const transaction = [
      { sql: "INSERT INTO entries VALUES (?)", params: [1] },
      { sql: "SELECT count(*) AS n FROM entries" },
    ]
    expect(await query({ transaction })).toEqual({ status: 200, result: [[], [{ n: 1 }]] })
  })

  it("keeps nothing of a transaction in which a statement fails", async () => {
    const transaction = [
      { sql: "INSERT INTO entries VALUES (2)" },
      { sql: "CREATE TABLE left_over (id)" },
      { sql: "INSERT INTO entries VALUES (1)" },
    ]
    expect((await query({ transaction })).status).toBe(400)
    expect(await worker.admin.rows("SELECT id FROM entries")).toEqual([[1]])
    expect(await worker.admin.rows("SELECT name FROM sqlite_master WHERE name = 'left_over'")).toEqual([])
  })
})

describe("the client's token", () => {
  beforeAll(() => query({ sql: "CREATE TABLE kept (id INTEGER PRIMARY KEY); INSERT INTO kept VALUES (1)" }))

  it.each([
    "SELECT id FROM kept",
    "-- a comment; with a semicolon\n/* and ' another */ SELECT id FROM kept;",
    "WITH k AS (SELECT id FROM kept) SELECT id FROM k",
    "SELECT id FROM kept WHERE 'a;b' <> \"id\"",
  ])("reads with %s", async (sql) => {
    expect(await worker.client.rows(sql)).toEqual([[1]])
  })

  it.each([
    "INSERT INTO kept VALUES (2)",
    "DELETE FROM kept",
    "DROP TABLE kept",
    "CREATE TABLE more (id)",
    "WITH k AS (SELECT 1) DELETE FROM kept",
    "WITH k AS (SELECT 3 AS id) INSERT INTO kept SELECT id FROM k RETURNING id",
    "REPLACE INTO kept VALUES (1)",
    "/* SELECT */ DELETE FROM kept",
    "SELECT 1; DELETE FROM kept",
    "SELECT ';'; DROP TABLE kept",
    "PRAGMA defer_foreign_keys = on",
  ])("is refused %s", async (sql) => {
    expect((await worker.client.post("/query", { sql })).status).toBe(403)
    expect((await worker.client.post("/query", { transaction: [{ sql: "SELECT 1" }, { sql }] })).status).toBe(403)
    expect(await worker.admin.rows("SELECT id FROM kept")).toEqual([[1]])
  })
})
