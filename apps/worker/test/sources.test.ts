import { type Mariadb, type Postgres, startMariadb, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let mariadb: Mariadb
let worker: TestWorker
beforeAll(async () => {
  ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  worker = await startWorker(
    {
      variables: { SHOP_URL: postgres.url, STOCK_URL: mariadb.url },
      config: {
        sources: {
          shop: { type: "postgres", url: { secret: "SHOP_URL" } },
          stock: { type: "mysql", url: { secret: "STOCK_URL" } },
        },
        tables: [
          { source: "shop", table: "orders", cursor: "id" },
          { source: "stock", table: "items", deletes: { reconcile: "0 seconds" } },
        ],
      },
    },
    "all",
  )
})
afterAll(async () => {
  await worker?.stop()
  await Promise.all([postgres?.stop(), mariadb?.stop()])
})

it("feeds one Worker from a PostgreSQL and a MariaDB, changes and deletes included", async () => {
  await postgres.query("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2))")
  await postgres.query("INSERT INTO orders SELECT i, i * 1.10 FROM generate_series(1, 3000) i")
  await mariadb.query(
    "CREATE TABLE items (id bigint unsigned PRIMARY KEY, name varchar(50) CHARACTER SET utf8mb4, at datetime(6))",
  )
  await mariadb.query(
    "INSERT INTO items SELECT seq, CONCAT('item ', seq), '2024-01-01 00:00:00.000001' FROM seq_1_to_3000",
  )
  await mariadb.query("INSERT INTO items VALUES (18446744073709551615, 'last 😀', NULL)")
  await worker.scheduled()
  expect(complaintsIn(worker.logs)).toEqual([])
  expect(await worker.client.rows("SELECT count(*), max(total) FROM orders")).toEqual([[3000, "999.90"]])
  expect(
    await worker.client.rows(
      "SELECT CAST(id AS TEXT), name, at, typeof(id) FROM items WHERE id = 7 OR name LIKE 'last%' ORDER BY name",
    ),
  ).toEqual([
    ["7", "item 7", "2024-01-01T00:00:00.000001", "integer"],
    ["18446744073709551615", "last 😀", null, "text"],
  ])
  await postgres.query("INSERT INTO orders VALUES (3001, 5)")
  await mariadb.query("DELETE FROM items WHERE id IN (8, 18446744073709551615)")
  const { result } = await worker.admin.post<{ tables: ReadonlyArray<object> }>("/replicate")
  expect(result?.tables).toMatchObject([
    { table: "orders", written: 1 },
    { table: "items", deleted: 2 },
  ])
  expect(await worker.client.rows("SELECT count(*) FROM items")).toEqual([[2999]])
})
