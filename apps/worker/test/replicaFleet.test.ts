import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { makeClient } from "../scripts/lib/client.ts"
import type { FleetSummary } from "@starbase-replication/plugin"
import { clientOf, pullHub, schema, startHub, tokenOf } from "./support/fleet.ts"
import { until } from "./support/until.ts"
import { adminToken, startWorker, type TestWorker } from "./support/worker.ts"

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
  worker = await startHub(postgres)
  await pullHub(worker)
  return () => worker.stop()
})

const fleet = async (): Promise<FleetSummary> => {
  const { result, error } = await worker.admin.get<FleetSummary>("/replicate/replicas")
  if (result === undefined) throw new Error(error)
  return result
}

const steer = (asked: object) => worker.admin.post<Record<string, unknown>>("/replicate/replicas", asked)

const countOf = async (tenant: string) => {
  const client = await clientOf(worker, `tenant:${tenant}`)
  return (await client.rows("SELECT count(*) FROM orders"))[0]?.[0]
}

describe("the fleet", () => {
  it("is made for every tenant that there is, and told as a whole", async () => {
    expect(await fleet()).toMatchObject({ count: 0, seeded: 0, sweep: null })
    const { result } = await steer({ do: "make", replicas: "all" })
    expect(result).toEqual({ asked: 5, refused: [], done: 5, failed: 0, left: 0 })
    expect(await fleet()).toMatchObject({
      count: 5,
      seeded: 5,
      failing: 0,
      lagSeconds: { p50: 0, p99: 0, max: 0 },
      worst: [],
      sweep: { total: 5, left: 0, workflow: null },
    })
    await postgres.query("UPDATE orders SET note = 'changed' WHERE tenant_id = 'T1'")
    await worker.admin.post("/replicate/orders")
    const behind = await fleet()
    expect(behind.worst.map(({ replica }) => replica)).toEqual(["tenant:T1"])
    expect(behind.lagSeconds).toMatchObject({ p50: 0 })
    expect(behind.lagSeconds.max).toBeGreaterThan(0)
    await countOf("T1")
    expect(await fleet()).toMatchObject({ worst: [], lagSeconds: { max: 0 } })
    expect((await steer({ do: "make", replicas: "all" })).result).toMatchObject({ asked: 5, failed: 0, left: 0 })
    expect(await fleet()).toMatchObject({ count: 5, seeded: 5 })
  })

  it("is told in the metrics", async () => {
    await steer({ do: "make", replicas: ["tenant:T1", "tenant:T2"] })
    const response = await worker.request("/replicate/metrics", { token: adminToken })
    const text = await response.text()
    expect(response.headers.get("Content-Type")).toContain("openmetrics")
    expect(text).toContain("\nstarbase_replication_fleet_replicas 2\n")
    expect(text).toContain("\nstarbase_replication_fleet_seeded 2\n")
    expect(text).toContain("\n# UNIT starbase_replication_fleet_lag_p99_seconds seconds\n")
    expect(text).toContain("\nstarbase_replication_fleet_lag_p99_seconds 0\n")
    expect(text.endsWith("\n# EOF\n")).toBe(true)
    expect(text.match(/# EOF/g)).toHaveLength(1)
  })

  it("tells of one replica", async () => {
    await steer({ do: "make", replicas: ["tenant:T1"] })
    const { result } = await worker.admin.get("/replicate/replicas?replica=tenant:T1")
    expect(result).toMatchObject({ replica: "tenant:T1", lagSeconds: 0, error: null })
    expect((await worker.admin.get("/replicate/replicas?replica=tenant:T2")).status).toBe(404)
  })

  it("loses a replica that is deleted, with its tokens, and a new one of its name is another", async () => {
    const token = await tokenOf(worker, "tenant:T1")
    const before = makeClient(worker.url, token)
    const feed = await tokenOf(worker, "tenant:T1", { scope: "feed" })
    expect((await before.rows("SELECT count(*) FROM orders"))[0]).toEqual([20])
    expect((await steer({ do: "delete", replicas: ["tenant:T1"] })).result).toMatchObject({
      asked: 1,
      done: 1,
      left: 0,
    })
    const refused = { status: 400, error: "Unauthorized request" }
    const sql = "SELECT 1"
    expect(await before.post("/query", { sql })).toEqual(refused)
    expect(await before.get("/replicate/status")).toEqual(refused)
    const feeder = makeClient(worker.url, feed)
    expect(await feeder.post("/replicate/hub/feed", { request: { method: "hello" } })).toEqual(refused)
    expect((await worker.admin.post("/replicas/tenant%3AT1/query", { sql })).status).toBe(404)
    expect((await worker.admin.post("/replicate/replicas/token", { replica: "tenant:T1" })).status).toBe(409)
    expect(await fleet()).toMatchObject({ count: 0, deleted: 1 })

    await steer({ do: "make", replicas: ["tenant:T1"] })
    expect(await countOf("T1")).toBe(20)
    expect(await before.post("/query", { sql })).toEqual(refused)
    expect(await feeder.post("/replicate/hub/feed", { request: { method: "hello" } })).toEqual(refused)
  })

  it("leaves nothing in the object of a replica that is deleted", async () => {
    await steer({ do: "make", replicas: ["tenant:T1"] })
    await steer({ do: "delete", replicas: ["tenant:T1"] })
    const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
    const stub = namespace.get(namespace.idFromName("replica/tenant:T1")) as unknown as {
      executeQuery(query: { sql: string }): Promise<Array<{ name: string }>>
    }
    const names = (await stub.executeQuery({ sql: "SELECT name FROM sqlite_master" })).map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith("_cf_"))).toEqual([])
  })

  it("ends what was opened before", async () => {
    await steer({ do: "make", replicas: ["tenant:T1"] })
    const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
    const stub = namespace.get(namespace.idFromName("replica/tenant:T1")) as unknown as {
      open(name: string, made?: number): Promise<{ executeQuery(query: { sql: string }): Promise<unknown> }>
    }
    const opened = await stub.open("tenant:T1", 1)
    await opened.executeQuery({ sql: "SELECT 1" })
    await steer({ do: "delete", replicas: ["tenant:T1"] })
    await steer({ do: "make", replicas: ["tenant:T1"] })
    const late = async () => opened.executeQuery({ sql: "CREATE TABLE kept (id)" })
    await expect(late()).rejects.toThrow("no such replica any more")
  })

  it("knows of what the admin has done in a replica", async () => {
    await steer({ do: "make", replicas: ["tenant:T1"] })
    await postgres.query("UPDATE orders SET note = 'changed' WHERE tenant_id = 'T1'")
    await worker.admin.post("/replicate/orders")
    expect((await fleet()).lagSeconds.max).toBeGreaterThan(0)
    await worker.admin.post("/replicas/tenant%3AT1/replicate")
    await until(async () => ((await fleet()).lagSeconds.max === 0 ? true : undefined))
  })

  it("tells why a replica failed, and loads it once that is mended", async () => {
    await tokenOf(worker, "tenant:T1")
    const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
    const stub = namespace.get(namespace.idFromName("replica/tenant:T1")) as unknown as {
      executeQuery(query: { sql: string }): Promise<unknown>
    }
    await stub.executeQuery({ sql: "CREATE TABLE orders (own)" })
    const asked = { do: "make", replicas: ["tenant:T1", "tenant:T2"] }
    expect((await steer(asked)).result).toMatchObject({ asked: 2, done: 1, left: 0 })
    const { errors, failing, seeded } = await fleet()
    expect([failing, seeded]).toEqual([1, 1])
    expect(errors.map(({ error, replica }) => [replica, error])).toEqual([
      ["tenant:T1", expect.stringContaining("orders")],
    ])
    await stub.executeQuery({ sql: "DROP TABLE orders" })
    expect((await steer(asked)).result).toMatchObject({ asked: 2, done: 2, failed: 0, left: 0 })
    expect(await fleet()).toMatchObject({ count: 2, seeded: 2, failing: 0, errors: [] })
  })

  it("feeds a replica elsewhere, which has nothing but its token", async () => {
    const token = await tokenOf(worker, "tenant:T1", { scope: "feed" })
    const other = await startWorker(
      {
        config: {
          log: "off",
          sources: { hub: { type: "hub", url: worker.url.href, token: { secret: "HUB_TOKEN" } } },
          tables: [{ source: "hub", table: "*" }],
        },
        variables: { HUB_TOKEN: token, REPLICATION_ALARM: "off" },
      },
      "hub",
    )
    try {
      await pullHub(other)
      expect(await other.client.rows("SELECT DISTINCT tenant_id, count(*) FROM orders")).toEqual([["T1", 20]])
      await postgres.query("UPDATE orders SET tenant_id = 'T1' WHERE tenant_id = 'T2'")
      await pullHub(worker)
      await pullHub(other)
      expect(await other.client.rows("SELECT DISTINCT tenant_id, count(*) FROM orders")).toEqual([["T1", 40]])
      await steer({ do: "delete", replicas: ["tenant:T1"] })
      const results = await other.admin.replicate()
      expect(results.every(({ error }) => error !== undefined)).toBe(true)
    } finally {
      await other.stop()
    }
  })

  it("builds replicas anew", async () => {
    await steer({ do: "make", replicas: "all" })
    await worker.admin.post("/replicas/tenant%3AT1/query", { sql: "DELETE FROM orders WHERE id < 50" })
    expect(await countOf("T1")).toBe(10)
    expect((await steer({ do: "refresh", replicas: ["tenant:T1"] })).result).toMatchObject({
      done: 1,
      failed: 0,
      left: 0,
    })
    expect(await countOf("T1")).toBe(20)
  })

  it("is told what is no replica, and goes on with the others", async () => {
    const { result, error } = await steer({ do: "make", replicas: ["tenant:T1", "T2", "region:weur"] })
    expect(result).toMatchObject({ asked: 1, refused: ["T2", "region:weur"], done: 1 })
    expect(error).toContain("T2, region:weur")
    expect((await steer({ do: "delete", replicas: ["tenant:T3"] })).result).toMatchObject({ asked: 0 })
    for (const asked of [{}, { do: "move", replicas: "all" }, { do: "make" }, { do: "make", replicas: "some" }]) {
      expect((await steer(asked)).status).toBe(400)
    }
    expect((await worker.client.post("/replicate/replicas", { do: "delete", replicas: "all" })).status).toBe(403)
    expect((await worker.client.get("/replicate/replicas")).status).toBe(403)
  })
})
