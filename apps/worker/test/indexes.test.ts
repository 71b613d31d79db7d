import { type Mariadb, type Postgres, startMariadb, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWorker, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let mariadb: Mariadb
let worker: TestWorker
beforeAll(async () => {
  ;[postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()])
  await Promise.all([
    postgres.query(`
      CREATE TABLE customers (id int PRIMARY KEY);
      INSERT INTO customers SELECT generate_series(1, 50);
      CREATE TABLE orders (id int PRIMARY KEY, "customerId" int REFERENCES customers (id), at date, total numeric(12,4), note text, tags text[]);
      INSERT INTO orders SELECT i, i % 50 + 1, date '2024-01-01' + i, i * 1.5, 'note ' || i FROM generate_series(1, 3000) i;
      CREATE INDEX by_customer ON orders ("customerId", at DESC) INCLUDE (note);
      CREATE UNIQUE INDEX by_total ON orders (total);
      CREATE INDEX by_total_again ON orders (total);
      CREATE INDEX partly ON orders (at) WHERE total > 5;
      CREATE INDEX lowered ON orders (lower(note));
      CREATE INDEX hashed ON orders USING hash (note);
      CREATE INDEX by_tags ON orders (tags)`),
    mariadb.query(`
      CREATE TABLE customers (id int PRIMARY KEY);
      INSERT INTO customers SELECT seq FROM seq_1_to_50;
      CREATE TABLE orders (id int PRIMARY KEY, customerId int, at date, total decimal(12,4), note varchar(200), tags text,
        INDEX by_customer (customerId, at), UNIQUE INDEX by_total (total), INDEX by_note (note(10)), FULLTEXT INDEX words (tags),
        CONSTRAINT of_customer FOREIGN KEY (customerId) REFERENCES customers (id));
      INSERT INTO orders SELECT seq, seq % 50 + 1, date '2024-01-01' + INTERVAL seq DAY, seq * 1.5, CONCAT('note ', seq), '' FROM seq_1_to_3000`),
  ])
  const table = {
    table: "orders",
    indexes: "copy",
    rename: { customerId: "customer_id" },
    as: { total: "sortable" },
    columns: ["*", "-tags"],
    deletes: { reconcile: "0 seconds" },
  }
  worker = await startWorker(
    {
      variables: { SHOP_URL: postgres.url, STOCK_URL: mariadb.url, REPLICATION_ALARM: "off" },
      config: {
        sources: {
          shop: { type: "postgres", url: { secret: "SHOP_URL" } },
          stock: { type: "mysql", url: { secret: "STOCK_URL" } },
        },
        tables: [
          { source: "shop", into: "shop_orders", ...table },
          { source: "stock", into: "stock_orders", ...table },
          { source: "shop", table: "customers", into: "listed", indexes: [["id"]] },
          { source: "shop", table: "orders", into: "by_hand", indexes: [["customerId", "id"], ["total"]] },
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

const query = (source: string, sql: string) => (source === "shop" ? postgres.query(sql) : mariadb.query(sql))

/** The columns of a replica's indexes, its key's aside. */
const indexesOf = async (table: string): Promise<ReadonlyArray<string>> =>
  (
    await worker.admin.rows(
      `SELECT group_concat(x.name || iif(x."desc", ' DESC', ''), ', ' ORDER BY x.seqno)
        FROM pragma_index_list(?) AS i, pragma_index_xinfo(i.name) AS x WHERE x.key AND i.origin = 'c' GROUP BY i.name`,
      [table],
    )
  )
    .map(([parts]) => String(parts))
    .toSorted()

interface Checked {
  readonly table: string
  readonly indexes?: {
    readonly made: ReadonlyArray<string>
    readonly left: ReadonlyArray<{ readonly name: string; readonly why: string }>
  }
  readonly relations?: ReadonlyArray<object>
  readonly notices?: ReadonlyArray<string>
}

const checked = async (table: string): Promise<Checked | undefined> => {
  const { result } = await worker.admin.get<{ tables: ReadonlyArray<Checked> }>("/replicate/check")
  return result?.tables.find((one) => one.table === table)
}

describe.each([
  ["shop", "customer_id, at DESC"],
  ["stock", "customer_id, at"],
])("the indexes of a table of %s", (source, byCustomer) => {
  const table = `${source}_orders`

  it("are told by a check, with what they cost, and those that are not copied with why", async () => {
    const found = await checked(table)
    expect(found?.indexes?.made.toSorted()).toEqual([byCustomer, "total_sort"])
    expect(Object.fromEntries(found?.indexes?.left.map(({ name, why }) => [name, why]) ?? [])).toEqual(
      source === "shop"
        ? {
            partly: "is of some rows only",
            lowered: "is over an expression",
            hashed: "is of the method hash",
            by_tags: 'is over "tags", which is not replicated',
          }
        : { by_note: "is over the beginning of note", words: "is of the type FULLTEXT" },
    )
    expect(found?.notices).toContain("Each written row is billed as 3 rows, because of 2 indexes.")
    expect(found?.relations).toEqual([
      {
        name: source === "shop" ? "orders_customerId_fkey" : "of_customer",
        columns: ["customerId"],
        references: { table: { schema: source === "shop" ? "public" : "mysql", name: "customers" }, columns: ["id"] },
      },
    ])
  })

  it("are there after the first load, and serve what they serve at the source", async () => {
    expect((await worker.admin.post(`/replicate/${table}`)).status).toBe(200)
    expect(await indexesOf(table)).toEqual([byCustomer, "total_sort"])
    const plans = async (sql: string) =>
      (await worker.admin.rows(`EXPLAIN QUERY PLAN ${sql}`)).map((row) => String(row[3])).join("; ")
    expect(await plans(`SELECT * FROM ${table} WHERE customer_id = 7 ORDER BY at DESC LIMIT 5`)).toMatch(
      /^SEARCH \w+ USING INDEX tmp_replication_index_\w+ \(customer_id=\?\)$/,
    )
    expect(await plans(`SELECT id FROM ${table} ORDER BY total_sort LIMIT 5`)).toMatch(
      /USING COVERING INDEX tmp_replication_index_\w+$/,
    )
    expect(await worker.client.rows(`SELECT total FROM ${table} ORDER BY total_sort DESC LIMIT 2`)).toEqual([
      ["4500.0000"],
      ["4498.5000"],
    ])
  })

  it("follow those of the source with the next change, and leave one of your own alone", async () => {
    await worker.admin.rows(`CREATE INDEX mine_${source} ON ${table} (at)`)
    await query(source, source === "shop" ? "DROP INDEX by_customer" : "CREATE INDEX by_day ON orders (at, id)")
    await query(source, "UPDATE orders SET note = 'changed' WHERE id = 5")
    await worker.admin.post(`/replicate/${table}`)
    const now = source === "shop" ? ["at", "total_sort"] : ["at", "at, id", byCustomer, "total_sort"]
    expect(await indexesOf(table)).toEqual(now)
    await worker.admin.post(`/replicate/${table}/refresh`)
    expect(await indexesOf(table)).toEqual(now)
    await worker.admin.post(`/replicate/${table}`)
    expect(await indexesOf(table)).toEqual(now)
    const indexes = await worker.admin.rows(
      "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE 'tmp\\_replication\\_index%' ESCAPE '\\' AND tbl_name = ?",
      [table],
    )
    expect(indexes).toEqual([[now.length - 1]])
  })
})

it("indexes that the config lists are made, but for what the key is already", async () => {
  await worker.admin.post("/replicate/listed")
  expect(await indexesOf("listed")).toEqual([])
  await worker.admin.post("/replicate/by_hand")
  expect(await indexesOf("by_hand")).toEqual(["customerId, id", "total"])
  expect((await checked("by_hand"))?.indexes).toEqual({ made: ["customerId, id", "total"], left: [] })
})
