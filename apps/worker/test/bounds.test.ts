import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWorker, type TestWorker } from "./support/worker.ts"

const numbers = (limit: string) => `WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r ${limit})`

let worker: TestWorker
let small: TestWorker
let wrong: TestWorker
beforeAll(async () => {
  worker = await startWorker()
  small = await startWorker({ variables: { QUERY_MAX_ROWS: "10", QUERY_MAX_BYTES: "1000" } })
  wrong = await startWorker({ variables: { QUERY_MAX_BYTES: "1 GB" } })
})
afterAll(() => Promise.all([worker?.stop(), small?.stop(), wrong?.stop()]))

describe("an answer that is too large is cut while it is built", () => {
  it.each(["/query", "/query/raw"])("by its bytes, at %s", async (path) => {
    const sql = `${numbers("LIMIT 1500")} SELECT hex(zeroblob(900000)) AS x FROM r`
    for (const who of [worker.client, worker.admin]) {
      expect(await who.post(path, { sql })).toEqual({
        status: 400,
        error: expect.stringContaining("more than 8000000 bytes"),
      })
    }
    expect(await worker.client.rows("SELECT 1")).toEqual([[1]])
  })

  it.each(["/query", "/query/raw"])("by its rows, though the query has no end, at %s", async (path) => {
    const answered = worker.client.post(path, { sql: `${numbers("")} SELECT n FROM r` })
    const status = worker.admin.get("/replicate/status")
    expect(await answered).toEqual({ status: 400, error: expect.stringContaining("more than 100000 rows") })
    expect((await status).status).toBe(200)
  })

  it("by a single row that is wider than the runtime could hand over", async () => {
    const columns = Array.from({ length: 40 }, (_, index) => `zeroblob(${1_000_000 + index})`)
    const answer = await worker.client.post("/query", { sql: `SELECT ${columns.join(", ")}` })
    expect(answer).toEqual({ status: 400, error: expect.stringContaining("more than 8000000 bytes") })
  })

  it("counts the statements of a transaction together, and keeps nothing of it", async () => {
    await small.admin.post("/query", { sql: "CREATE TABLE t (id INTEGER PRIMARY KEY)" })
    const transaction = [
      { sql: "INSERT INTO t VALUES (1)" },
      { sql: `${numbers("LIMIT 6")} SELECT n FROM r` },
      { sql: `${numbers("LIMIT 6")} SELECT n FROM r` },
    ]
    expect(await small.admin.post("/query", { transaction })).toMatchObject({ status: 400 })
    expect(await small.admin.rows("SELECT count(*) FROM t")).toEqual([[0]])
    expect((await small.admin.post("/query", { transaction: transaction.slice(0, 2) })).status).toBe(200)
  })

  it("at the bounds that the variables set", async () => {
    expect(await small.client.rows(`${numbers("LIMIT 10")} SELECT n FROM r`)).toHaveLength(10)
    expect(await small.client.post("/query", { sql: `${numbers("LIMIT 11")} SELECT n FROM r` })).toEqual({
      status: 400,
      error: expect.stringMatching(/more than 10 rows.*LIMIT.*QUERY_MAX_ROWS/s),
    })
    expect(await small.client.post("/query", { sql: "SELECT hex(zeroblob(500)) AS x" })).toEqual({
      status: 400,
      error: expect.stringMatching(/more than 1000 bytes.*QUERY_MAX_BYTES/s),
    })
    expect(await small.client.rows("SELECT hex(zeroblob(400))")).toHaveLength(1)
  })
})

it("says which variable is wrong", async () => {
  expect(await wrong.client.post("/query", { sql: "SELECT 1" })).toEqual({
    status: 500,
    error: 'QUERY_MAX_BYTES must be a whole number from 1 to 16000000, not "1 GB".',
  })
})
