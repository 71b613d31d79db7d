import { type Mariadb, type Postgres, startMariadb, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

const rows = 20_000
const leastTurns = 40
const leastReads = 20
const tables = ["one", "two"]

let postgres: Postgres
let mariadb: Mariadb
let worker: TestWorker
beforeAll(async () => {
  ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  await postgres.query("CREATE SEQUENCE changes")
  for (const name of tables) {
    await postgres.query(`CREATE TABLE shop_${name} (id int PRIMARY KEY, v int NOT NULL, changed bigint NOT NULL);
      INSERT INTO shop_${name} SELECT i, 0, nextval('changes') FROM generate_series(1, ${rows}) i`)
    await mariadb.query(`CREATE TABLE stock_${name} (id int PRIMARY KEY, v int NOT NULL,
      changed timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6))`)
    await mariadb.query(`INSERT INTO stock_${name} (id, v) SELECT seq, 0 FROM seq_1_to_${rows}`)
  }
  const entries = (source: string) =>
    tables.map((name) => ({
      source,
      table: `${source}_${name}`,
      cursor: "changed",
      every: "1 second",
      deletes: { reconcile: "0 seconds" },
    }))
  worker = await startWorker(
    {
      variables: { SHOP_URL: postgres.url, STOCK_URL: mariadb.url },
      config: {
        sources: {
          shop: { type: "postgres", url: { secret: "SHOP_URL" } },
          stock: { type: "mysql", url: { secret: "STOCK_URL" } },
        },
        limits: { shop: { concurrency: 2 }, stock: { concurrency: 2 } },
        tables: [...entries("shop"), ...entries("stock")],
      },
    },
    "all",
  )
})
afterAll(async () => {
  await worker?.stop()
  await Promise.all([postgres?.stop(), mariadb?.stop()])
})

/** One turn of changes in every table of both sources. */
const change = async (turn: number) => {
  for (const name of tables) {
    await postgres.query(`
      UPDATE shop_${name} SET v = v + 1, changed = nextval('changes') WHERE id % 40 = ${turn % 40};
      DELETE FROM shop_${name} WHERE id = ${turn * 3};
      INSERT INTO shop_${name} VALUES (${rows + turn}, ${turn}, nextval('changes'))`)
    await mariadb.query(`UPDATE stock_${name} SET v = v + 1 WHERE id % 40 = ${turn % 40}`)
    await mariadb.query(`DELETE FROM stock_${name} WHERE id = ${turn * 3}`)
    await mariadb.query(`INSERT INTO stock_${name} (id, v) VALUES (${rows + turn}, ${turn})`)
  }
}

const summary = (table: string) => `SELECT count(*), sum(v), sum(id * (v + 1)) FROM ${table}`

it("keeps the tables of two sources that are written all the time, while it is read", async () => {
  await worker.admin.replicate()
  let isWriting = true
  let turn = 0
  let reads = 0
  const reading = (async () => {
    for (; isWriting; reads++) {
      const [[count] = []] = await worker.client.rows("SELECT count(*) FROM shop_one")
      // A deletion may arrive before the row that was inserted with it.
      expect(count).toBeGreaterThanOrEqual(rows - turn)
    }
  })()
  const replicating = (async () => {
    while (isWriting) await worker.admin.replicate(true)
  })()
  const writing = (async () => {
    while (turn < leastTurns || reads < leastReads) await change(++turn)
  })().finally(() => {
    isWriting = false
  })
  await Promise.all([reading, replicating, writing])

  // A table that the alarm holds at this moment is pulled by the alarm.
  await expect
    .poll(async () => (await worker.admin.replicate()).every(({ error }) => error === undefined), { timeout: 30_000 })
    .toBe(true)
  const texts = (found: ReadonlyArray<ReadonlyArray<unknown>>) => found.map((row) => row.map(String))
  for (const name of tables) {
    const shop = await worker.client.rows(summary(`shop_${name}`))
    expect(texts(shop)).toEqual(texts(await postgres.query(summary(`shop_${name}`))))
    const stock = await worker.client.rows(summary(`stock_${name}`))
    expect(texts(stock)).toEqual(texts(await mariadb.query(summary(`stock_${name}`))))
  }
  expect(complaintsIn(worker.logs)).toEqual([])
})
