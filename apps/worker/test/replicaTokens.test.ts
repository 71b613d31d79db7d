import { createHmac } from "node:crypto"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { pullHub, schema, startHub, tokenOf, tokenSecret } from "./support/fleet.ts"
import { until } from "./support/until.ts"
import { adminToken, clientToken, type TestWorker } from "./support/worker.ts"

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

const ask = async (token: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await worker.request(path, {
    token,
    headers: { "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const sql = "SELECT * FROM orders"

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A token as anybody may make one up. */
const signed = (
  claims: object,
  secret = tokenSecret,
  header: object = { alg: "HS256", typ: "JWT" },
  hash = "sha256",
) => {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${createHmac(hash, secret).update(text).digest("base64url")}`
}

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
const claims = (more: object = {}) => ({
  aud: "starbase-replication",
  sub: "tenant:T1",
  scope: "query",
  made: 1,
  exp: inAnHour(),
  ...more,
})

describe("tokens of replicas", () => {
  it("are made by the admin alone, for one replica, and expire", async () => {
    const asked = { replica: "tenant:T1", expires: "5 seconds" }
    expect((await ask(clientToken, "/replicate/replicas/token", asked)).status).toBe(403)
    const { result } = await worker.admin.post<Record<string, string>>("/replicate/replicas/token", asked)
    expect(result).toMatchObject({ replica: "tenant:T1", scope: "query" })
    const token = result?.["token"] ?? ""
    expect((await ask(token, "/query", { sql })).status).toBe(200)
    const later = await until(async () => {
      const answer = await ask(token, "/query", { sql })
      return answer.status === 200 ? undefined : answer
    })
    expect([later.status, later.text]).toEqual([400, '{"error":"Unauthorized request"}'])
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(result?.["expiresAt"] ?? ""))
  })

  it.each([
    [{}, "replica"],
    [{ replica: "T1" }, "is named"],
    [{ replica: "tenant:\0" }, "is named"],
    [{ replica: `tenant:${"x".repeat(2000)}` }, "is named"],
    [{ replica: "region:../x" }, "is named"],
    [{ replica: "tenant:T1", scope: "admin" }, "scope"],
    [{ replica: "tenant:T1", expires: "never" }, "expires"],
    [{ replica: "tenant:T1", expires: "400 days" }, "a year at most"],
    [{ replica: "tenant:T1", tenant: "T2" }, "replica"],
  ])("are refused for %j", async (asked, why) => {
    const { status, error } = await worker.admin.post("/replicate/replicas/token", asked)
    expect(status).toBe(400)
    expect(error).toContain(why)
  })

  it("are not made for a region that the config has not", async () => {
    expect((await worker.admin.post("/replicate/replicas/token", { replica: "region:weur" })).status).toBe(409)
  })

  it("open nothing where they are not ours", async () => {
    await tokenOf(worker, "tenant:T1")
    expect((await ask(signed(claims()), "/query", { sql })).status).toBe(200)
    const good = signed(claims())
    const [header = "", payload = "", signature = ""] = good.split(".")
    const bad = {
      "another secret": signed(claims(), `${tokenSecret}!`),
      "no signature": `${header}.${payload}.`,
      "alg none": `${part({ alg: "none", typ: "JWT" })}.${part(claims())}.`,
      "alg none, lower": `${part({ alg: "nOnE" })}.${part(claims())}.${signature}`,
      "alg HS512": signed(claims(), tokenSecret, { alg: "HS512", typ: "JWT" }, "sha512"),
      "alg said otherwise": signed(claims(), tokenSecret, { alg: "RS256", typ: "JWT" }),
      "a critical header": signed(claims(), tokenSecret, { alg: "HS256", typ: "JWT", crit: ["b64"], b64: false }),
      "another payload": `${header}.${part(claims({ sub: "tenant:T2" }))}.${signature}`,
      expired: signed(claims({ exp: inAnHour() - 7200 })),
      "no exp": signed({ ...claims(), exp: undefined }),
      "exp as a text": signed(claims({ exp: String(inAnHour()) })),
      "not yet": signed(claims({ nbf: inAnHour() })),
      "no scope": signed({ ...claims(), scope: undefined }),
      "another audience": signed(claims({ aud: "somebody" })),
      "no audience": signed({ ...claims(), aud: undefined }),
      "another number": signed(claims({ made: 2 })),
      "number nought": signed(claims({ made: 0 })),
      "a number as text": signed(claims({ made: "1" })),
      "no number": signed({ ...claims(), made: undefined }),
      "no such name": signed(claims({ sub: "replica" })),
      "a replica that nobody made": signed(claims({ sub: "tenant:T9" })),
      "a list of names": signed(claims({ sub: ["tenant:T1"] })),
      "four parts": `${good}.${signature}`,
      "two parts": `${header}.${payload}`,
    }
    for (const [what, token] of Object.entries(bad)) {
      for (const [path, body] of [["/query", { sql }], ["/query/raw", { sql }], ["/replicate/status"]] as const) {
        const { status, text } = await ask(token, path, body)
        expect([what, path, status, text]).toEqual([what, path, 400, '{"error":"Unauthorized request"}'])
      }
    }
  })

  it("open what is theirs, and change nothing", async () => {
    const token = await tokenOf(worker, "tenant:T1")
    const { status, headers } = await ask(token, "/query", { sql })
    expect(status).toBe(200)
    expect(headers.get("X-Replica")).toBe("tenant:T1")
    expect(Number(headers.get("X-Replication-Lag"))).toBeLessThan(10)
    for (const write of ["DELETE FROM orders", "INSERT INTO plans VALUES ('x', 1)", "DROP TABLE orders"]) {
      expect((await ask(token, "/query", { sql: write })).status).toBe(403)
    }
    for (const table of ["tmp_replication_tables", "tmp_replication_logs"]) {
      expect((await ask(token, "/query", { sql: `SELECT * FROM ${table}` })).status).toBe(403)
    }
    for (const [path, body] of [
      ["/replicate", {}],
      ["/replicate/orders/reset", {}],
      ["/replicate/orders", {}],
      ["/replicate/replicas/token", { replica: "tenant:T2" }],
      ["/replicate/replicas", { do: "delete", replicas: ["tenant:T1"] }],
      ["/replicate/replicas"],
      ["/replicate/hub/feed", { request: { method: "hello" } }],
      ["/replicate/config"],
      ["/replicate/history"],
      ["/replicate/metrics"],
      ["/replicas/tenant%3AT2/query", { sql }],
      ["/replicas/tenant%3AT1/query", { sql }],
      ["/cron/callback", []],
      ["/"],
    ] as const) {
      expect([path, (await ask(token, path, body)).status]).toEqual([path, 403])
    }
  })

  it("show their own status, and nothing of others", async () => {
    const token = await tokenOf(worker, "tenant:T1")
    await ask(token, "/query", { sql })
    const { status, text } = await ask(token, "/replicate/status", undefined, { "If-None-Match": "x" })
    expect(status).toBe(200)
    const { result } = JSON.parse(text) as { result: { tables: Array<{ table: string; rows: number }>; hub: unknown } }
    expect(result.tables.map(({ table, rows }) => [table, rows])).toEqual([
      ["orders", 20],
      ["plans", 2],
    ])
    expect(result).toMatchObject({ hub: null, config: "ok" })
    expect(result).not.toHaveProperty("billed")
  })

  it("of the feed are for a replica elsewhere, and read its rows alone", async () => {
    const token = await tokenOf(worker, "tenant:T1", { scope: "feed" })
    expect((await ask(token, "/query", { sql })).status).toBe(403)
    expect((await ask(token, "/replicate/status")).status).toBe(403)
    const hello = async (body: object, as = token) => {
      const { status, text } = await ask(as, "/replicate/hub/feed", body)
      return {
        status,
        body: JSON.parse(text) as { result: { answer: { tables: Array<{ name: string; generation: string }> } } },
      }
    }
    const { body } = await hello({ request: { method: "hello" } })
    const orders = body.result.answer.tables.find(({ name }) => name === "orders")
    const read = {
      method: "read",
      table: "orders",
      generation: orders?.generation,
      columns: ["id", "tenant_id"],
      where: [],
      order: ["id"],
      limit: 1000,
      maxBytes: 1_000_000,
    }
    const found = (await hello({ request: read })).body as unknown as {
      result: { answer: { rows: Array<[string, string]> } }
    }
    expect(found.result.answer.rows.length).toBe(20)
    expect(new Set(found.result.answer.rows.map(([, tenant]) => tenant))).toEqual(new Set(["T1"]))
    expect((await hello({ tenant: "T1", request: read })).status).toBe(200)
    expect((await hello({ tenant: "T2", request: read })).status).toBe(403)
    expect((await hello({ request: { ...read, tenant: "T2" } })).status).not.toBe(500)
    expect((await hello({ request: read }, signed(claims({ scope: "feed", made: 7 })))).status).toBe(400)
  })
})

describe("a token of one tenant", () => {
  it("never reads another's rows, whatever the request says", async () => {
    const token = await tokenOf(worker, "tenant:T1")
    await tokenOf(worker, "tenant:T2")
    const queries = [
      { sql: "SELECT * FROM orders WHERE tenant_id = 'T2'" },
      { sql: "SELECT * FROM orders WHERE tenant_id = ?", params: ["T2"] },
      { sql: "SELECT * FROM orders", tenant: "T2", replica: "tenant:T2", as: "tenant:T2" },
      { sql: "SELECT * FROM main.orders" },
      { sql: "SELECT * FROM internal" },
      { sql: "SELECT * FROM temp.orders" },
      { sql: "ATTACH DATABASE 'replica' AS hub" },
      { sql: "SELECT * FROM pragma_database_list" },
      { sql: "SELECT * FROM _cf_KV" },
      { transaction: [{ sql: "SELECT * FROM orders" }, { sql: "SELECT * FROM orders WHERE tenant_id <> 'T1'" }] },
    ]
    const paths = [
      "/query",
      "/query/raw",
      "/query?tenant=T2",
      "/query?replica=tenant:T2",
      "/query/../query",
      "/query?tenant=T2&replica[]=tenant:T2",
    ]
    const headers: ReadonlyArray<Record<string, string>> = [
      {},
      { "X-Replica": "tenant:T2" },
      { "X-Tenant": "T2", "X-Starbase-Source": "external", Cookie: "replica=tenant:T2" },
      { "X-Replication-Max-Staleness": "0s" },
    ]
    for (const query of queries) {
      for (const path of paths) {
        for (const header of headers) {
          const { text } = await ask(token, path, query, header)
          expect(text).not.toMatch(/of T[^1]|nobody may have/)
          expect(text).not.toMatch(/"T[^1]"/)
        }
      }
    }
  })

  it("reads nothing of the hub or of others through another path of the Worker", async () => {
    const token = await tokenOf(worker, "tenant:T1")
    for (const path of [
      "/replicas/tenant%3AT2/query",
      "/replicas/region%3Aweur/query",
      "/replicas/../query/..%2f",
      "/replicas/replica/query",
    ]) {
      const { status, text } = await ask(token, path, { sql })
      expect(status).toBe(403)
      expect(text).not.toContain("of T")
    }
  })
})

interface Stub {
  open(
    name: string,
    made?: number,
  ): Promise<{ executeQuery(query: { sql: string }): Promise<Array<Record<string, unknown>>> } | undefined>
  init(): Promise<unknown>
  runDue(): Promise<unknown>
  pullReplica(name: string, made: number): Promise<string>
  readonly fleet: { feed(name: string, made: number, request: unknown): Promise<unknown> }
}

const objectOf = async (name: string): Promise<Stub> => {
  const namespace = await worker.miniflare.getDurableObjectNamespace("REPLICA")
  return namespace.get(namespace.idFromName(name)) as unknown as Stub
}

describe("the object of a replica", () => {
  it("is nobody's under another name than its own", async () => {
    await tokenOf(worker, "tenant:T1")
    await tokenOf(worker, "tenant:T2")
    const one = await objectOf("replica/tenant:T1")
    expect(await one.pullReplica("tenant:T2", 1)).toBe("gone")
    expect(await one.open("tenant:T2")).toBeUndefined()
    expect(await one.open("tenant:T2", 1)).toBeUndefined()
    expect(await one.open("region:weur")).toBeUndefined()
    const opened = await one.open("tenant:T1", 1)
    expect(opened).toBeDefined()
    expect(await one.pullReplica("tenant:T1", 1)).toBe("done")
    expect(await opened?.executeQuery({ sql: "SELECT DISTINCT tenant_id FROM orders" })).toEqual([{ tenant_id: "T1" }])
  })

  it("is no hub, and knows none of the hub's sources; nor is the hub a replica", async () => {
    const one = await objectOf("replica/tenant:T1")
    await expect(one.init()).rejects.toThrow()
    await expect(one.runDue()).rejects.toThrow()
    await expect((async () => one.fleet.feed("tenant:T2", 1, { method: "hello" }))()).rejects.toThrow("not the hub")
    const hub = await objectOf("replica")
    expect(await hub.open("tenant:T1")).toBeUndefined()
  })
})

describe("the admin", () => {
  it("reaches each replica under its name", async () => {
    await tokenOf(worker, "tenant:T1")
    const at = (path: string) => `/replicas/${encodeURIComponent("tenant:T1")}${path}`
    const ran = await ask(adminToken, at("/replicate"), {})
    expect(ran.status).toBe(200)
    expect((await ask(adminToken, at("/query"), { sql })).text).toContain('"T1"')
    expect((await ask(adminToken, at("/replicate/status"))).text).toContain('"orders"')
    expect((await ask(adminToken, at("/replicate/config"))).status).toBe(200)
    for (const name of ["tenant:T9", "tenant", "replica", "%E0%A4%A", "region:weur"]) {
      const path = `/replicas/${name === "%E0%A4%A" ? name : encodeURIComponent(name)}/replicate/status`
      expect([name, (await ask(adminToken, path)).status]).toEqual([name, 404])
    }
    expect((await ask(clientToken, at("/query"), { sql })).status).toBe(403)
  })

  it("names tenants by any text", async () => {
    const names = ["a/b", "..", ".", "ä ö%2F", "", "'; DROP TABLE orders --", "T1?x#y", "tenant:T1", "🙂", "T1 "]
    for (const [at, name] of names.entries()) {
      await postgres.query(`INSERT INTO orders VALUES (${1000 + at}, '${name.replaceAll("'", "''")}', 'odd ${at}', 1)`)
    }
    await pullHub(worker)
    for (const [at, name] of names.entries()) {
      const token = await tokenOf(worker, `tenant:${name}`)
      const expected = JSON.stringify([{ tenant_id: name, note: `odd ${at}` }])
      const query = { sql: "SELECT tenant_id, note FROM orders" }
      expect((await ask(token, "/query", query)).text).toBe(`{"result":${expected}}`)
      const path = `/replicas/${encodeURIComponent(`tenant:${name}`)}/query`
      expect((await ask(adminToken, path, query)).text).toBe(`{"result":${expected}}`)
    }
  })
})

describe("without a secret that is long enough", () => {
  it.each([[undefined], ["short"]])("no token is made or taken: %s", async (secret) => {
    const other = await startHub(postgres, {}, { REPLICA_TOKEN_SECRET: secret ?? "" })
    try {
      const { status, error } = await other.admin.post("/replicate/replicas/token", { replica: "tenant:T1" })
      expect([status, error]).toEqual([500, expect.stringContaining("REPLICA_TOKEN_SECRET")])
      const response = await other.request("/query", {
        method: "POST",
        token: signed(claims(), secret ?? "x"),
        body: JSON.stringify({ sql }),
      })
      expect(response.status).toBe(400)
    } finally {
      await other.stop()
    }
  })
})
