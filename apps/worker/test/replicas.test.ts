import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { clientOf, pullHub, schema, startHub } from "./support/fleet.ts"
import type { TestWorker } from "./support/worker.ts"

const tenants = ["T0", "T1", "T2", "T3", "T4"]

let postgres: Postgres
let worker: TestWorker

beforeAll(async () => {
  postgres = await startPostgres()
  worker = await startHub(postgres)
})
afterAll(async () => {
  await worker?.stop()
  await postgres?.stop()
})

beforeEach(async () => {
  await postgres.query(`DROP TABLE IF EXISTS orders, plans, internal; ${schema}`)
  await pullHub(worker)
})

const rowsOf = async (tenant: string) => {
  const rows = await postgres.query(
    `SELECT id, tenant_id, note, amount::text FROM orders WHERE tenant_id = '${tenant}' ORDER BY id`,
  )
  return rows.map((row) => Object.values(row as object))
}

/** Holds what each tenant reads against what the source has of it. */
const same = async () => {
  for (const tenant of tenants) {
    const client = await clientOf(worker, `tenant:${tenant}`)
    expect(await client.rows("SELECT id, tenant_id, note, amount FROM orders ORDER BY id")).toEqual(
      await rowsOf(tenant),
    )
    expect(await client.rows("SELECT * FROM plans ORDER BY name")).toEqual([
      ["free", 0],
      ["paid", 9],
    ])
  }
}

describe("replicas of tenants", () => {
  it("have the rows of their own, follow changes and moves, and cannot see others", async () => {
    await same()
    await postgres.query(
      "UPDATE orders SET tenant_id = 'T2', note = 'moved' WHERE id IN (1, 6); DELETE FROM orders WHERE id = 11; INSERT INTO orders VALUES (500, 'T1', 'new', 1)",
    )
    await worker.admin.post("/replicate/orders/verify?repair=true")
    await same()
    await worker.admin.post("/replicate/orders/refresh")
    await same()
  })
})
