import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Hint } from "../src/replicas/hints.ts"
import { pullHub, schema, startHub, tokenOf } from "./support/fleet.ts"
import type { TestWorker } from "./support/worker.ts"

const tenants = ["T0", "T1", "T2", "T3", "T4"]

let postgres: Postgres
let worker: TestWorker

beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(schema)
  worker = await startHub(postgres)
  await pullHub(worker)
})
afterAll(async () => {
  await worker?.stop()
  await postgres?.stop()
})

/** Numbers that look random, and are the same each time. */
const makeRandom = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Rows {
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

/** All that a replica's object holds of a table, read past the Worker; nothing where it has none. */
const held = async (tenant: string) => {
  const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
  const stub = namespace.get(namespace.idFromName(`replica/tenant:${tenant}`)) as unknown as {
    executeQuery(query: { sql: string; isRaw: boolean }): Promise<Rows>
  }
  const names = await stub.executeQuery({
    sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND (name = 'orders' OR name = 'tmp_replication_next_orders')",
    isRaw: true,
  })
  const all = await Promise.all(
    names.rows.map(([name]) =>
      stub.executeQuery({ sql: `SELECT id, tenant_id, note, amount FROM "${String(name)}" ORDER BY id`, isRaw: true }),
    ),
  )
  return all.map(({ rows }) => rows)
}

const wanted = (tenant: string) =>
  postgres.query(`SELECT id, tenant_id, note, amount::text FROM orders WHERE tenant_id = '${tenant}' ORDER BY id`)

/** Delivers hints to the Worker as the queue would. */
const deliver = async (hints: ReadonlyArray<Hint>) => {
  const served = await worker.miniflare.getWorker()
  await served.queue(
    "hints",
    hints.map((body, at) => ({ id: String(at), timestamp: new Date(), attempts: 1, body })),
  )
}

/** No replica holds a row that is another tenant's by what the row says, or has said. */
const isolated = async () => {
  for (const tenant of tenants) {
    for (const rows of await held(tenant)) {
      for (const [id, owner, note] of rows) {
        expect([tenant, id, owner]).toEqual([tenant, id, tenant])
        expect(String(note)).toContain(tenant)
      }
    }
  }
}

/** Each row's note names its tenant, so that a value that was another's shows. */
const change = (random: (below: number) => number) => {
  const [from, to, id] = [random(5), random(5), random(120)]
  return [
    `UPDATE orders SET tenant_id = 'T${to}', note = 'of T${to}' WHERE tenant_id = 'T${from}' AND id % 4 = ${random(4)}`,
    `INSERT INTO orders VALUES (${id}, 'T${to}', 'of T${to}', 1) ON CONFLICT (id) DO UPDATE SET tenant_id = 'T${to}', note = 'of T${to}'`,
    `DELETE FROM orders WHERE id = ${id}`,
    `UPDATE orders SET note = 'of T${to} ' || id WHERE tenant_id = 'T${to}'`,
    `UPDATE orders SET id = id + 1000 WHERE id = ${id}`,
  ][random(5)]
}

describe("whatever happens in whatever order", () => {
  it.each([1, 2])("no replica holds a row of another tenant, and all come to be right (%i)", async (seed) => {
    const random = makeRandom(seed)
    const steer = (asked: object) => worker.admin.post("/replicate/replicas", asked)
    await steer({ do: "make", replicas: "all" })
    const sent: Array<Hint> = []
    for (let turn = 0; turn < 40; turn += 1) {
      const tenant = tenants[random(tenants.length)] ?? "T0"
      switch (random(10)) {
        case 0:
          await worker.admin.post("/replicate/orders/refresh")
          break
        case 1:
          await worker.admin.post("/replicate/orders/verify?repair=true")
          break
        case 2:
          await Promise.all([steer({ do: "delete", replicas: [`tenant:${tenant}`] }), deliver(sent.slice(-3))])
          break
        case 3:
          await Promise.all([steer({ do: "make", replicas: "all" }), worker.admin.post("/replicate/orders")])
          break
        case 4:
          await Promise.all([steer({ do: "refresh", replicas: [`tenant:${tenant}`] }), worker.admin.post("/replicate")])
          break
        case 5:
          if (random(3) === 0) await worker.admin.post("/replicate/orders/reset")
          break
        default:
          await postgres.query(change(random) ?? "SELECT 1")
          await worker.admin.post("/replicate/orders")
      }
      const { result } = await worker.admin.get<{ hub: { epoch: string; seq: number } | null }>("/replicate/status")
      const { epoch = "none", seq = 0 } = result?.hub ?? {}
      const made = 1 + random(3)
      sent.push(...tenants.map((one) => ({ replica: `tenant:${one}`, made, epoch, seq })))
      // Half of them are lost, some come twice, and all in another order than they were sent in.
      const late = sent.filter(() => random(2) === 0).slice(-8)
      await deliver([...late, ...late.slice(0, 2)].toSorted(() => random(3) - 1))
      await isolated()
    }
    await worker.admin.post("/replicate/orders/verify?repair=true")
    await steer({ do: "make", replicas: "all" })
    for (const tenant of tenants) {
      const token = await tokenOf(worker, `tenant:${tenant}`)
      const response = await worker.request("/query/raw", {
        method: "POST",
        token,
        headers: { "Content-Type": "application/json", "X-Replication-Max-Staleness": "0s" },
        body: JSON.stringify({ sql: "SELECT id, tenant_id, note, amount FROM orders ORDER BY id" }),
      })
      const { result } = (await response.json()) as { result: Rows }
      expect(result.rows).toEqual(await wanted(tenant))
    }
  })
})
