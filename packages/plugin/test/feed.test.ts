import { connector } from "@starbase-replication/source-hub"
import { createServer, type Server } from "node:http"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { pullAll } from "./support/fleet.ts"
import { makeInstance } from "./support/instance.ts"
import { type Instance, type Parts, startParts } from "./support/parts.ts"

const document = { replicas: { by: { column: "tenant" }, tables: { plans: "all", secrets: "none" } } }
const tables = [{ table: "things" }, { table: "plans" }, { table: "secrets" }, { table: "shared" }]

let parts: Parts
let hub: Instance
let server: Server
let url: string
let requests: Array<string> = []

beforeAll(async () => {
  parts = await startParts()
  await parts.client.query(
    `CREATE TABLE things (id bigint PRIMARY KEY, tenant text, r double precision, d numeric, j json, b bytea, t timestamp, ok boolean);
     INSERT INTO things SELECT n, 't' || n % 3, random() * 10 ^ (n % 600 - 300), n / 7.0, '{"a": 1.0}', decode(md5(n::text), 'hex'), now(), n % 2 = 0 FROM generate_series(1, 900) n;
     CREATE TABLE plans (name text PRIMARY KEY, price numeric); INSERT INTO plans VALUES ('free', 0), ('paid', 9.50);
     CREATE TABLE secrets (id int PRIMARY KEY, tenant text); INSERT INTO secrets VALUES (1, 't1');
     CREATE TABLE shared (id int PRIMARY KEY, note text); INSERT INTO shared VALUES (1, 'without a tenant')`,
  )
  hub = parts.instance(
    tables.map((one) => (one.table === "things" ? { ...one, as: { d: "sortable" } } : one)),
    {
      document,
      replicaOf: ({ req }) => {
        const [, tenant] = /^Bearer of (t\d)$/.exec(req.header("authorization") ?? "") ?? []
        if (req.header("authorization") === "Bearer broken") throw new Error("broken")
        return tenant === undefined ? undefined : { tenant }
      },
    },
  )
  await pullAll(hub)
  // As StarbaseDB and apps/worker tell the admin from others.
  server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString()
      requests.push(text)
      const { authorization = "" } = request.headers
      const role = authorization === "Bearer admin" ? "admin" : "client"
      void hub
        .send(request.method ?? "", request.url ?? "", role, JSON.parse(text), { authorization })
        .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  await parts.stop()
})
beforeEach(() => {
  requests = []
})

const replica = (token: string, more: object = {}, object = parts.objects.object()): Instance => {
  const made = makeInstance(object.execute, {
    config: {
      sources: { hub: { type: "hub", url, token: { secret: "TOKEN" }, ...more } },
      tables: [{ source: "hub", table: "*" }],
    },
    connectors: [connector],
    secrets: { TOKEN: token },
  })
  return { ...made, object, query: (sql) => object.execute(sql, []) }
}

/** Every value with its class; a double as it is. */
const all =
  "SELECT id, tenant, r, typeof(r), d, typeof(d), d_sort, j, hex(b), typeof(b), t, typeof(t), ok, typeof(ok) FROM things"

describe("a hub that is asked over HTTP", () => {
  it.each([
    ["a tenant's own token", "of t1", {}, "WHERE tenant = 't1'"],
    ["the admin's token for a tenant", "admin", { tenant: "t2" }, "WHERE tenant = 't2'"],
    ["the admin's token", "admin", {}, ""],
  ])("gives %s what is for it, byte for byte", async (_what, token, more, where) => {
    const one = replica(token, more)
    await pullAll(one)
    expect(await one.query(`${all} ORDER BY id`)).toEqual(await hub.query(`${all} ${where} ORDER BY id`))
    await parts.client.query("UPDATE things SET r = r / 3, ok = NOT ok")
    await pullAll(hub)
    await pullAll(one)
    expect(await one.query(`${all} ORDER BY id`)).toEqual(await hub.query(`${all} ${where} ORDER BY id`))
    expect(
      (
        await one.query(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'tmp_*' AND name NOT GLOB '_cf*'",
        )
      )
        .flat()
        .toSorted(),
    ).toEqual(["plans", "things"])
    const status = await one.get("/replicate/status")
    expect(status.result.tables).toMatchObject([{ changes: { by: "log" } }, { changes: { by: "log" } }])
  })

  it("asks once where nothing is new, and twice where something is", async () => {
    const one = replica("of t1")
    await pullAll(one)
    requests = []
    await pullAll(one)
    expect(requests.map((text) => JSON.parse(text).request.method)).toEqual(["hello"])
    await parts.client.query("UPDATE plans SET price = price + 1")
    await pullAll(hub)
    requests = []
    await pullAll(one)
    expect(requests.map((text) => JSON.parse(text).request.method)).toEqual(["hello", "changes"])
    expect(await one.query("SELECT * FROM plans")).toEqual(await hub.query("SELECT * FROM plans"))
    await parts.client.query("UPDATE things SET ok = NOT ok WHERE tenant = 't2'")
    await pullAll(hub)
    await pullAll(replica("of t2"))
    requests = []
    await pullAll(one)
    expect(requests.map((text) => JSON.parse(text).request.method)).toEqual(["hello"])
  })

  it.each([
    ["no token of anybody's", "nobody", {}],
    ["the token of another tenant", "of t1", { tenant: "t2" }],
    ["a token at which the deployment fails", "broken", {}],
  ])("turns %s away", async (_what, token, more) => {
    const answer = await replica(token, more).post("/replicate")
    expect(answer.result.tables).toMatchObject([{ table: "*", error: { code: "forbidden" } }])
  })

  it.each([[{}], [{ request: { method: "drop" } }], [{ request: { method: "hello" }, tenant: 1 }], ["text"], [null]])(
    "answers 400 to what is no request: %j",
    async (body) => {
      expect((await hub.send("POST", "/replicate/hub/feed", "admin", body)).status).toBe(400)
    },
  )

  it("answers a request for what is not there with a failure, and shows nothing", async () => {
    const ask = async (request: object) => {
      const answer = await hub.send(
        "POST",
        "/replicate/hub/feed",
        "client",
        { request },
        { authorization: "Bearer of t1" },
      )
      return ((await answer.json()) as { result: { failure?: { code: string } } }).result.failure?.code
    }
    const generation = String(
      (await hub.query("SELECT generation FROM tmp_replication_feed WHERE name = 'things'")).flat()[0],
    )
    const read = {
      method: "read",
      table: "things",
      generation,
      columns: ["id"],
      where: [],
      order: ["id"],
      limit: 1,
      maxBytes: 1,
    }
    expect(await ask(read)).toBeUndefined()
    expect(await ask({ ...read, generation: "another" })).toBe("source-busy")
    expect(await ask({ ...read, table: "secrets" })).toBe("table-missing")
    expect(await ask({ ...read, table: "tmp_replication_tables" })).toBe("table-missing")
    expect(await ask({ ...read, columns: ["id", "none"] })).toBe("column-missing")
    expect(await ask({ ...read, order: ["1) OR 1 = 1 --"] })).toBe("column-missing")
    expect(await ask({ ...read, where: [{ column: "x", op: "isNull" }] })).toBe("column-missing")
  })

  it("tells in a check who would get each table", async () => {
    const check = await hub.get("/replicate/check")
    expect(check.result.tables.map(({ table, replicas }) => [table, replicas])).toEqual([
      ["things", { to: { column: "tenant" }, why: null }],
      ["plans", { to: "all", why: null }],
      ["secrets", { to: "none", why: null }],
      ["shared", { to: { column: "tenant" }, why: expect.stringContaining('no column "tenant"') }],
    ])
    expect(check.result.tables[3]?.["notices"]).toEqual([
      expect.stringMatching(/^Nobody can replicate it from here: it has no column/),
    ])
    expect((await replica("admin").get("/replicate/check")).result.tables.map((one) => "replicas" in one)).toEqual([
      false,
      false,
    ])
  })

  it("tells in its status how the log stands, and of each table who gets it", async () => {
    const status = await hub.get("/replicate/status")
    expect(status.result["hub"]).toEqual({
      epoch: expect.stringMatching(/^[0-9a-f]{20}$/),
      seq: expect.any(Number),
      trimmed: 0,
      entries: expect.any(Number),
      oldest: expect.any(String),
      tables: [
        { table: "plans", to: "all", column: null, fed: true, why: null },
        { table: "secrets", to: "nobody", column: null, fed: false, why: "the config gives it to nobody" },
        {
          table: "shared",
          to: "tenants",
          column: "tenant",
          fed: false,
          why: 'has no column "tenant" that would say whose a row is',
        },
        { table: "things", to: "tenants", column: "tenant", fed: true, why: null },
      ],
    })
    expect((await replica("admin").get("/replicate/status")).result["hub"]).toBeNull()
  })
})

afterEach(() => expect(requests.join("")).not.toContain("Bearer"))
