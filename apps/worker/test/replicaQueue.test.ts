import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Hint } from "../src/replicas/hints.ts"
import type { FleetSummary } from "@starbase-replication/plugin"
import { pullHub, schema, startHub } from "./support/fleet.ts"
import { until } from "./support/until.ts"
import type { TestWorker } from "./support/worker.ts"

const tenants = ["T0", "T1", "T2", "T3", "T4"]

let postgres: Postgres
let worker: TestWorker

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
})

beforeEach(async () => {
  await postgres.query(`DROP TABLE IF EXISTS orders, plans, internal; ${schema}`)
  worker = await startHub(postgres, {}, {}, { hasFleet: true })
  await pullHub(worker)
  return () => worker.stop()
})

const fleet = async (): Promise<FleetSummary> => {
  const { result, error } = await worker.admin.get<FleetSummary>("/replicate/replicas")
  if (result === undefined) throw new Error(error)
  return result
}

const steer = (asked: object) => worker.admin.post<Record<string, unknown>>("/replicate/replicas", asked)

const swept = () => until(async () => ((await fleet()).sweep?.left === 0 ? true : undefined))

interface Stub {
  executeQuery(query: { sql: string; isRaw: boolean }): Promise<{ rows: Array<Array<unknown>> }>
  pullReplica(name: string, made: number, place?: object): Promise<string>
}

/** A replica's object, past all that would have it pull. */
const objectOf = async (tenant: string): Promise<Stub> => {
  const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
  return namespace.get(namespace.idFromName(`replica/tenant:${tenant}`)) as unknown as Stub
}

const held = async (tenant: string) =>
  (
    await (
      await objectOf(tenant)
    ).executeQuery({ sql: "SELECT id, tenant_id, note, amount FROM orders ORDER BY id", isRaw: true })
  ).rows

const wanted = (tenant: string) =>
  postgres.query(`SELECT id, tenant_id, note, amount::text FROM orders WHERE tenant_id = '${tenant}' ORDER BY id`)

const isSame = async (): Promise<true | undefined> => {
  for (const tenant of tenants) {
    if (JSON.stringify(await held(tenant)) !== JSON.stringify(await wanted(tenant))) return undefined
  }
  return true
}

describe("the workflow", () => {
  it("makes, refreshes and deletes replicas, and shows how far it is", async () => {
    const { result } = await steer({ do: "make", replicas: "all" })
    expect(result).toMatchObject({ asked: 5, refused: [], workflow: expect.any(String) })
    await swept()
    expect(await fleet()).toMatchObject({ count: 5, seeded: 5, sweep: { total: 5, workflow: result?.["workflow"] } })
    await (await objectOf("T1")).executeQuery({ sql: "DELETE FROM orders", isRaw: true })
    await steer({ do: "refresh", replicas: "all" })
    await swept()
    expect(await isSame()).toBe(true)
    await steer({ do: "delete", replicas: ["tenant:T0", "tenant:T1"] })
    await swept()
    expect(await fleet()).toMatchObject({ count: 3, deleted: 2 })
  })
})

describe("the queue", () => {
  const make = async () => {
    await steer({ do: "make", replicas: "all" })
    await swept()
  }
  const change = async () => {
    await postgres.query(
      `UPDATE orders SET tenant_id = 'T' || (id + 1) % 5, note = note || '!' WHERE id % 3 = 0; DELETE FROM orders WHERE id % 7 = 0`,
    )
    await worker.admin.post("/replicate/orders/verify?repair=true")
  }

  it("has replicas follow that nobody reads", async () => {
    await make()
    await change()
    await until(isSame)
    expect(await until(async () => ((await fleet()).lagSeconds.max === 0 ? fleet() : undefined))).toMatchObject({
      count: 5,
      failing: 0,
    })
    const before = (await fleet()).hints.sent
    expect(before).toBeGreaterThanOrEqual(5)
    await postgres.query(
      "UPDATE orders SET note = 'one' WHERE id = (SELECT min(id) FROM orders WHERE tenant_id = 'T2')",
    )
    await worker.admin.post("/replicate/orders")
    await until(isSame)
    // One hint for the one tenant whose rows changed.
    expect((await fleet()).hints.sent).toBe(before + 1)
  })

  it("has them follow a table that was built anew", async () => {
    await make()
    await postgres.query("UPDATE orders SET note = note || '?' WHERE tenant_id = 'T3'")
    await worker.admin.post("/replicate/orders/refresh")
    await until(isSame)
  })

  it("may lose, double, delay and shuffle hints, and name what is not there", async () => {
    await make()
    await change()
    await until(isSame)
    const queue = (await worker.miniflare.getQueueProducer("REPLICA_QUEUE")) as unknown as {
      sendBatch(messages: ReadonlyArray<{ body: Hint }>): Promise<void>
    }
    const old = tenants.map((tenant) => ({ replica: `tenant:${tenant}`, made: 1, epoch: "another", seq: 1 }))
    const odd = [
      { replica: "tenant:T9", made: 1, epoch: "x", seq: 1 },
      { replica: "tenant:T1", made: 7, epoch: "x", seq: 1e9 },
      { replica: "replica", made: 1, epoch: "x", seq: 1 },
      { replica: "", made: 0, epoch: "", seq: 0 },
    ]
    const all = [...old, ...odd, ...old, ...old]
      .map((body) => ({ body }))
      .toSorted((a, b) => (a.body.replica + a.body.made < b.body.replica ? 1 : -1))
    await queue.sendBatch(all)
    await change()
    await queue.sendBatch(all.toReversed())
    await until(isSame)
    expect(await fleet()).toMatchObject({ count: 5, failing: 0 })
    // All are lost: who reads has all, and so has the next one who is hinted at.
    await postgres.query("UPDATE orders SET note = 'late' WHERE tenant_id = 'T4'")
    await worker.admin.replicate()
    await until(isSame)
  })

  it("answers a hint at once whose place is there already", async () => {
    await make()
    const one = await objectOf("T1")
    const { result } = await worker.admin.get<{ hub: { epoch: string; seq: number } }>("/replicate/status")
    expect(await one.pullReplica("tenant:T1", 1, { epoch: result?.hub.epoch, seq: 1 })).toBe("done")
  })
})
