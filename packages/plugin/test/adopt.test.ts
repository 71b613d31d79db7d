import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

/** What the plugin of StarbaseDB's pull request 265 leaves: a table of one's own, and its state in a table of its own. */
const left = [
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT, total TEXT, updated_at TEXT)",
  `INSERT INTO orders VALUES (1, 'same', '1.50', '2026-01-01T00:00:00.000000Z'),
    (2, 'old', '2', '2026-01-01T00:00:00.000Z'), (4, 'gone at the source', '4', '2026-01-01T00:00:00.000Z')`,
  "CREATE TABLE _starbasedb_replication_state (table_name TEXT PRIMARY KEY, last_cursor TEXT, last_synced_at TEXT)",
  "INSERT INTO _starbasedb_replication_state VALUES ('orders', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z')",
]

describe("a table that another plugin has filled", () => {
  beforeAll(async () => {
    await parts.client.query(`
      CREATE TABLE orders (id int PRIMARY KEY, note text, total numeric, updated_at timestamptz NOT NULL);
      INSERT INTO orders VALUES (1, 'same', 1.50, '2026-01-01Z'), (2, 'new', 2.0, '2026-01-02Z'), (3, 'late', 3, '2025-12-31Z')`)
  })

  it("is left alone, unless the config adopts it", async () => {
    const { post, query } = parts.instance([{ table: "orders", cursor: "updated_at" }])
    for (const sql of left) await query(sql)
    const { result } = await post("/replicate")
    expect(result.tables).toMatchObject([{ error: { code: "table-not-ours" } }])
    expect(await query("SELECT count(*) FROM orders")).toEqual([[3]])
  })

  it("is read whole once, so that what its cursor missed and what is gone is mended too", async () => {
    const { post, query } = parts.instance([{ table: "orders", cursor: "updated_at", adopt: true }])
    for (const sql of left) await query(sql)
    const { result, status } = await post("/replicate")
    expect(status).toBe(200)
    expect(result.tables).toMatchObject([{ read: 3, written: 2, unchanged: 1, deleted: 0 }])
    // The run after the first compares keys.
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 0, deleted: 1 }])
    expect(await query("SELECT id, note, total, updated_at FROM orders ORDER BY id")).toEqual([
      [1, "same", "1.50", "2026-01-01T00:00:00.000000Z"],
      [2, "new", "2.0", "2026-01-02T00:00:00.000000Z"],
      [3, "late", "3", "2025-12-31T00:00:00.000000Z"],
    ])
    expect((await post("/replicate")).result.tables).toMatchObject([{ written: 0, deleted: 0 }])
    expect(await query("SELECT table_name FROM _starbasedb_replication_state")).toEqual([["orders"]])
  })

  it("is refused where it cannot hold the rows exactly, with why", async () => {
    const { post, query } = parts.instance([{ table: "orders", adopt: true }])
    await query("CREATE TABLE orders (id INTEGER, note TEXT, total REAL, updated_at TEXT)")
    const { result } = await post("/replicate")
    const [{ error = {} } = {}] = result.tables as ReadonlyArray<{ readonly error?: { readonly message?: string } }>
    expect(error).toMatchObject({ code: "table-not-ours" })
    expect(error.message).toContain('its column "total" is REAL')
  })
})
