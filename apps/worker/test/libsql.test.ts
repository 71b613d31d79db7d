import { type Sqld, startSqld } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

let server: Sqld
let worker: TestWorker
beforeAll(async () => {
  server = await startSqld()
  worker = await startWorker(
    {
      variables: { DATABASE_TOKEN: server.readToken },
      config: {
        sources: {
          main: {
            type: "libsql",
            url: server.url,
            token: { secret: "DATABASE_TOKEN" },
            types: { orders: { updated_at: "timestamptz" } },
          },
        },
        tables: [{ source: "main", table: "orders", cursor: "updated_at", deletes: { reconcile: "0 seconds" } }],
      },
    },
    "libsql",
  )
})
afterAll(async () => {
  await worker?.stop()
  await server?.stop()
})

it("keeps a table of a libSQL database: rows, changes and deletes, every value exact", async () => {
  await server.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, body BLOB, updated_at TEXT NOT NULL)")
  await server.execute(
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 3000) INSERT INTO orders" +
      " SELECT 9007199254740993 + n, 'a' || char(0) || n, x'00ff', '2024-01-01T00:00:00.' || printf('%06d', n) || 'Z' FROM s",
  )
  await worker.scheduled()
  expect(complaintsIn(worker.logs)).toEqual([])
  expect(
    await worker.client.rows("SELECT count(*), CAST(max(id) AS TEXT), count(DISTINCT hex(body)) FROM orders"),
  ).toEqual([[3000, "9007199254743993", 1]])
  expect(await worker.client.rows("SELECT hex(note) FROM orders ORDER BY id LIMIT 1")).toEqual([["610031"]])
  await server.execute("DELETE FROM orders WHERE id = 9007199254740994")
  await server.execute(
    "UPDATE orders SET note = 'new', updated_at = '2024-06-01T00:00:00.000000Z' WHERE id = 9007199254740995",
  )
  const { result } = await worker.admin.post<{ tables: ReadonlyArray<object> }>("/replicate")
  expect(result?.tables).toMatchObject([{ table: "orders", deleted: 1 }])
  expect(await worker.client.rows("SELECT count(*), count(*) FILTER (WHERE note = 'new') FROM orders")).toEqual([
    [2999, 1],
  ])
})
