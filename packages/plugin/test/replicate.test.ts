import {
  type Postgres,
  type PostgresDatabase,
  type SqliteObjects,
  startPostgres,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type InstanceOptions, makeInstance } from "./support/instance.ts"

let server: Postgres
let objects: SqliteObjects
let client: pg.Client
beforeAll(async () => {
  ;[server, objects] = await Promise.all([startPostgres(), startSqliteObjects()])
  client = new pg.Client(server.url)
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await Promise.all([server.stop(), objects.stop()])
})

const instance = (tables: ReadonlyArray<object>, more: Partial<InstanceOptions> = {}) => {
  const object = objects.object()
  const made = makeInstance(object.execute, {
    config: {
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: tables.map((table) => ({ source: "shop", ...table })),
    },
    secrets: { SHOP_URL: server.url },
    ...more,
  })
  return { ...made, object, query: (sql: string) => object.execute(sql, []) }
}

describe("POST /replicate", () => {
  it("brings tables, and then what changed", async () => {
    await client.query(`
      CREATE TABLE orders (id bigint PRIMARY KEY, status text, updated_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO orders SELECT i, 'new', '2024-01-01'::timestamptz + i * interval '1 microsecond' FROM generate_series(1, 2000) i;
      CREATE TABLE countries (code text PRIMARY KEY, name text);
      INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France')`)
    const { post, query, object } = instance([
      { table: "public.orders", cursor: "updated_at", overlap: "0 seconds" },
      { table: "public.countries" },
    ])
    const first = await post("/replicate")
    expect(first.error).toBeUndefined()
    expect(first.status).toBe(200)
    expect(first.result.tables).toMatchObject([
      { table: "orders", read: 2000, written: 2000, unchanged: 0, deleted: 0, rejected: 0, more: false },
      { table: "countries", read: 2, written: 2, pages: 1 },
    ])
    expect(await query("SELECT id, status, updated_at FROM orders WHERE id IN (1, 2000) ORDER BY id")).toEqual([
      [1, "new", "2024-01-01T00:00:00.000001Z"],
      [2000, "new", "2024-01-01T00:00:00.002000Z"],
    ])
    await client.query(`
      UPDATE orders SET status = 'paid', updated_at = now() WHERE id = 7;
      INSERT INTO orders VALUES (2001, 'new');
      UPDATE countries SET name = 'Deutschland' WHERE code = 'de'`)
    const second = await post("/replicate")
    expect(second.result.tables).toMatchObject([
      { table: "orders", read: 3, written: 2, unchanged: 1 },
      { table: "countries", read: 2, written: 1, unchanged: 1 },
    ])
    await post("/replicate")
    object.takeRowsWritten()
    const idle = await post("/replicate?due=true")
    expect(idle.result.tables).toEqual([])
    expect(object.takeRowsWritten()).toBe(0)
  })
})
