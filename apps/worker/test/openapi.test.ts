import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { Ajv2020 } from "ajv/dist/2020.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adminToken, clientToken, startWorker, type TestWorker } from "./support/worker.ts"

type Operations = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        {
          readonly responses: Readonly<
            Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
          >
        }
      >
    >
  >
>

/** Closes every object, so that a field which the document does not know is found. */
const close = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(close)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === "additionalProperties" && one === true ? false : close(one),
    ]),
  )
}

/** It is for anybody, and no other page may read it. */
const pagePath = "/replicate/ui"

let postgres: Postgres
let worker: TestWorker
let broken: TestWorker
let paths: Operations
const ajv = new Ajv2020({
  strict: false,
  formats: { date: /^\d{4}-\d\d-\d\d$/, "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
})
const answered = new Set<string>()

beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, at timestamptz DEFAULT now(), total numeric(10,2));
    INSERT INTO orders SELECT i, timestamptz '2024-01-01Z' + i * interval '1 hour', i FROM generate_series(1, 300) i;
    CREATE TABLE kept (id int PRIMARY KEY, name text);
    INSERT INTO kept VALUES (1, 'one');
    CREATE TABLE many (id int PRIMARY KEY);
    INSERT INTO many SELECT generate_series(1, 500)`)
  const config = {
    log: "off",
    sources: {
      shop: { type: "postgres", url: { secret: "SHOP_URL" } },
      down: { type: "postgres", url: { secret: "DOWN_URL" } },
    },
    limits: { shop: { concurrency: 2 } },
    budget: { rows: 10_000 },
    freshness: {},
    mask: { shop: { "*.email": { hmac: { secret: "MASK_KEY" } }, "orders.total": { keep: { last: 2 } } } },
    tables: [
      { source: "shop", table: "public.orders", cursor: "at", where: [{ column: "id", op: "gt", value: 0 }] },
      {
        source: "shop",
        table: "kept",
        as: { name: "text" },
        rename: { name: "title" },
        mask: { id: "none" },
        cron: "0 0 1 1 *",
        timeZone: "Europe/Berlin",
      },
      { source: "shop", table: "many", deletes: { reconcile: "0 seconds" } },
      { source: "shop", table: "missing" },
      { source: "shop", table: "extra.*", except: ["extra.x"] },
      { source: "down", table: "lost", every: "1 hour" },
    ],
  }
  const variables = {
    MASK_KEY: "a secret of masks, of 32 characters or more",
    SHOP_URL: postgres.url,
    DOWN_URL: "postgres://nobody:hush@127.0.0.1:1/none",
  }
  worker = await startWorker({ config, variables: { ...variables, REPLICATION_ALARM: "off" } })
  broken = await startWorker({ config: { tables: [{ source: "nowhere" }] } })
  const response = await worker.request("/replicate/openapi", { token: adminToken })
  const document = close(await response.json()) as { readonly paths: Operations }
  ajv.addSchema({ $id: "openapi", ...document })
  paths = document.paths
})
afterAll(async () => {
  await Promise.all([worker?.stop(), broken?.stop()])
  await postgres?.stop()
})

interface Sent {
  readonly table?: string
  readonly query?: string
  /** None where it is empty. */
  readonly token?: string
  readonly to?: TestWorker
}

/** Sends a request and holds its answer against what the document says of it. */
const send = async (
  method: "get" | "post",
  template: string,
  { table = "orders", query = "", token = adminToken, to = worker }: Sent = {},
) => {
  const path = template.replace("{table}", encodeURIComponent(table)) + query
  const response = await to.request(path, { method: method.toUpperCase(), ...(token === "" ? {} : { token }) })
  expect(response.headers.get("access-control-allow-origin")).toBe("*")
  expect(response.headers.get("access-control-expose-headers")).toBe("X-Replica, X-Replication-Lag")
  const text = await response.text()
  const { status } = response
  const documented = paths[template]?.[method]?.responses[String(status)]?.content
  if (documented === undefined) throw new Error(`${method} ${template} does not document ${status}: ${text}`)
  const [[mediaType, content] = []] = Object.entries(documented)
  expect(response.headers.get("content-type")).toBe(mediaType)
  const body: unknown = mediaType?.startsWith("application/json") ? JSON.parse(text) : text
  const pointer = [template, method, "responses", String(status), "content", String(mediaType), "schema"]
  const $ref = `openapi#/paths/${pointer.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`
  const validate = ajv.compile({ $ref })
  expect(validate(body) ? [] : validate.errors, `${method} ${path} → ${status}: ${text}`).toEqual([])
  expect(content).toBeDefined()
  answered.add(`${method} ${template}`)
  return { status, body: body as { readonly result: Record<string, unknown> } }
}

describe("real answers are what the OpenAPI document says", () => {
  it("of runs, with and without failures", async () => {
    expect((await send("post", "/replicate", { query: "?due=true" })).status).toBe(207)
    expect((await send("post", "/replicate")).status).toBe(207)
    expect((await send("post", "/replicate/{table}")).status).toBe(200)
    expect((await send("post", "/replicate/{table}", { table: "missing" })).status).toBe(207)
    expect((await send("post", "/replicate/{table}", { table: "odd/name" })).status).toBe(404)
    expect((await send("post", "/replicate/{table}/refresh")).status).toBe(200)
  })

  it("of verifications that find differences, and mend them", async () => {
    await worker.admin.post("/query", { sql: "UPDATE orders SET total = '0' WHERE id = 7" })
    const { body } = await send("post", "/replicate/{table}/verify")
    expect(body.result).toMatchObject({ tables: [{ verification: { differing: 1, keys: [{ kind: "differs" }] } }] })
    expect((await send("post", "/replicate/{table}/verify", { query: "?repair=true" })).status).toBe(200)
  })

  it("of a table that runs already", async () => {
    await postgres.query("INSERT INTO kept SELECT i, repeat('x', 100) FROM generate_series(2, 60000) i")
    const statuses = await Promise.all(
      Array.from({ length: 4 }, async () => (await send("post", "/replicate/{table}", { table: "kept" })).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200, 409]))
  })

  it("of deletions that the guard has stopped, and of their confirmation", async () => {
    await postgres.query("DELETE FROM many")
    expect((await send("post", "/replicate/{table}", { table: "many" })).status).toBe(207)
    expect((await send("post", "/replicate/{table}/confirm")).status).toBe(404)
    expect((await send("post", "/replicate/{table}/confirm", { table: "many" })).status).toBe(200)
  })

  it("of the status, the history and the config, with failures in them", async () => {
    const { body } = await send("get", "/replicate/status")
    expect(body.result).toMatchObject({
      sources: [
        { source: "shop", type: "postgres", circuit: "closed", failures: 0, error: null },
        { source: "down", circuit: "open", failures: expect.any(Number), error: { code: "unreachable" } },
      ],
      databaseBytes: expect.any(Number),
    })
    expect((await send("get", "/replicate/history", { query: "?limit=3&table=missing" })).status).toBe(200)
    expect((await send("get", "/replicate/history")).status).toBe(200)
    expect((await send("get", "/replicate/rejects", { query: "?table=kept" })).status).toBe(200)
    expect((await send("get", "/replicate/differences", { query: "?limit=1" })).status).toBe(200)
    expect((await send("get", "/replicate/config")).status).toBe(200)
    expect((await send("get", "/replicate/metrics")).status).toBe(200)
    expect((await send("get", "/replicate/check")).status).toBe(207)
  })

  it("of pausing, resuming and resetting", async () => {
    for (const what of ["pause", "resume", "reset"]) {
      expect((await send("post", `/replicate/{table}/${what}`)).status).toBe(200)
    }
    for (const what of ["pause", "resume", "reset", "confirm"]) {
      expect((await send("post", `/replicate/{table}/${what}`, { table: "never" })).status).toBe(404)
    }
  })

  it("of a wrong config, and of a token that is not the admin's", async () => {
    for (const [method, path] of [
      ["post", "/replicate"],
      ["post", "/replicate/{table}"],
      ["get", "/replicate/check"],
      ["get", "/replicate/config"],
    ] as const) {
      expect((await send(method, path, { to: broken })).status).toBe(400)
    }
    expect((await send("get", "/replicate/status", { to: broken })).status).toBe(200)
    for (const [path, operations] of Object.entries(paths)) {
      if (path === pagePath) continue
      for (const method of Object.keys(operations) as Array<"get" | "post">) {
        expect((await send(method, path, { token: clientToken })).status).toBe(403)
        expect((await send(method, path, { token: "wrong" })).status).toBe(400)
        expect((await send(method, path, { token: "" })).status).toBe(401)
      }
    }
  })

  it.each([
    ["get", "/replicate/history", "?limit=1001", "limit must be a whole number from 1 to 1000"],
    ["get", "/replicate/history", "?limit=0", "limit must be a whole number from 1 to 1000"],
    ["get", "/replicate/history", "?limit=1e2", "limit must be a whole number from 1 to 1000"],
    ["get", "/replicate/history", "?limit=", "limit must be a whole number from 1 to 1000"],
    ["post", "/replicate", "?due=yes", "due must be true or false"],
    ["post", "/replicate/{table}/verify", "?repair=1", "repair must be true or false"],
  ] as const)("of %s %s%s, which is refused", async (method, path, query, words) => {
    const { status, body } = await send(method, path, { query })
    expect([status, body]).toEqual([400, { error: expect.stringContaining(words) }])
  })

  it("of parameters at their bounds", async () => {
    for (const limit of [1, 1000]) {
      expect((await send("get", "/replicate/history", { query: `?limit=${limit}` })).status).toBe(200)
    }
    expect((await send("post", "/replicate", { query: "?due=false" })).status).toBe(207)
  })

  it("of methods that a path does not know, which are told what it does", async () => {
    const operations = Object.entries(paths)
    for (const [template, known] of operations) {
      const path = template.replace("{table}", "orders")
      // What is not about one table is a GET, and could be a table's name too.
      const isName = /^\/replicate\/\w+$/.test(path) && "get" in known
      const allowed = [...Object.keys(known), ...(isName ? ["post"] : [])]
      for (const method of ["get", "post", "put", "patch", "delete"]) {
        if (allowed.includes(method)) continue
        const response = await worker.request(path, { method: method.toUpperCase(), token: adminToken })
        expect([method, path, response.status]).toEqual([method, path, 405])
        const allow = response.headers.get("allow")?.toLowerCase().split(", ")
        expect(allow?.filter((one) => one !== "head").toSorted()).toEqual(allowed.toSorted())
        expect(await response.json()).toEqual({ error: expect.stringContaining("Use ") })
        const byClient = await worker.request(path, { method: method.toUpperCase(), token: clientToken })
        expect(byClient.status).toBe(403)
      }
    }
  })

  it("of every route", async () => {
    expect((await send("get", "/replicate/openapi")).status).toBe(200)
    const all = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    )
    // The page has tests of its own.
    expect([...answered, `get ${pagePath}`].toSorted()).toEqual(all.toSorted())
    expect(worker.logs).toEqual([])
  })
})
