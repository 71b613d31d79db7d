import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { nearest } from "../src/replicas/nearest.ts"
import { pullHub, schema, startHub, tokenOf } from "./support/fleet.ts"
import { adminToken, clientToken, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let worker: TestWorker

beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(schema)
  worker = await startHub(postgres, { regions: ["weur", "enam"] })
  await pullHub(worker)
})
afterAll(async () => {
  await worker?.stop()
  await postgres?.stop()
})

const ask = async (
  sql: string,
  { token = clientToken, path = "/query", cf = {} as object, headers = {} as Record<string, string> } = {},
) => {
  const response = await worker.miniflare.dispatchFetch(new URL(path, worker.url).href, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ sql }),
    cf: cf as never,
  })
  const body = (await response.json()) as { result?: unknown; error?: string }
  return {
    ...body,
    status: response.status,
    replica: response.headers.get("X-Replica"),
    lag: response.headers.get("X-Replication-Lag"),
  }
}

const count = "SELECT count(*) AS n FROM orders"

describe("regions", () => {
  it.each([
    [{ continent: "EU" }, "region:weur"],
    [{ continent: "NA", longitude: "-120.5" }, "region:enam"],
    [{ continent: "AS" }, "region:weur"],
    [{ continent: "AN" }, "region:weur"],
  ])("answer the client who is near: %j", async (cf, replica) => {
    expect(await ask(count, { cf })).toMatchObject({ status: 200, result: [{ n: 100 }], replica })
  })

  it("are as fresh as the config or the header asks, and change nothing", async () => {
    await postgres.query("INSERT INTO orders VALUES (1000, 'T1', 'new', 1)")
    await pullHub(worker)
    const headers = { "X-Replication-Max-Staleness": "0s" }
    const { result, lag } = await ask(count, { headers })
    expect(result).toEqual([{ n: 101 }])
    expect(Number(lag)).toBeLessThan(5)
    expect((await ask("DELETE FROM orders", { headers })).status).toBe(403)
    expect(await ask(count, { headers: { "X-Replication-Max-Staleness": "soon" } })).toMatchObject({ status: 400 })
    expect((await ask("SELECT * FROM internal")).status).toBe(400)
  })

  it("leave the admin to the hub", async () => {
    expect(await ask(count, { token: adminToken })).toMatchObject({ status: 200, replica: null, lag: null })
    expect(await ask("SELECT count(*) AS n FROM internal", { token: adminToken })).toMatchObject({ status: 200 })
  })

  it("may have tokens of their own, for all rows that everybody gets", async () => {
    const token = await tokenOf(worker, "region:enam")
    expect(await ask(count, { token })).toMatchObject({ status: 200, replica: "region:enam" })
    expect((await worker.admin.post("/replicate/replicas/token", { replica: "region:oc" })).status).toBe(409)
  })

  it("are made like all replicas", async () => {
    const asked = { do: "make", replicas: "all" }
    expect((await worker.admin.post("/replicate/replicas", asked)).result).toMatchObject({ asked: 7, failed: 0 })
    expect((await worker.admin.get("/replicate/replicas")).result).toMatchObject({ count: 7, seeded: 7 })
  })
})

describe("a region that was deleted", () => {
  it("leaves its readers to the hub", async () => {
    await worker.admin.post("/replicate/replicas", { do: "delete", replicas: ["region:weur"] })
    const cf = { continent: "EU" }
    expect(await ask(count, { cf })).toMatchObject({ status: 200, replica: null, result: [{ n: 101 }] })
    await worker.admin.post("/replicate/replicas", { do: "make", replicas: ["region:weur"] })
    expect(await ask(count, { cf })).toMatchObject({ status: 200, replica: "region:weur", result: [{ n: 101 }] })
  })
})

describe("the nearest region", () => {
  it.each([
    [["weur", "wnam"], { continent: "NA" }, "wnam"],
    [["wnam", "enam"], { continent: "NA", longitude: "-74" }, "enam"],
    [["wnam", "enam"], { continent: "NA", longitude: "-122" }, "wnam"],
    [["weur", "eeur"], { continent: "EU", longitude: "30" }, "eeur"],
    [["apac", "me"], { continent: "AS", longitude: "46" }, "me"],
    [["apac", "me"], { continent: "AS", longitude: "139" }, "apac"],
    [["sam", "weur"], { continent: "AF" }, "weur"],
    [["oc"], { continent: "EU" }, "oc"],
    [["nowhere"], { continent: "XX" }, "nowhere"],
    [[], { continent: "EU" }, undefined],
  ] as const)("of %j to %j", (regions, from, expected) => expect(nearest(regions, from)).toBe(expected))
})
