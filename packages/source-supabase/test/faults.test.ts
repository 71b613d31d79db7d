import { gzipSync } from "node:zlib"
import { describeAll, describeOne, walk, readPage } from "@starbase-replication/connector-testing"
import type { Source } from "@starbase-replication/core/source"
import { type MadePage } from "@starbase-replication/core/source"
import { startTcpProxy, type SupabaseLite, type TcpProxy } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Settings } from "../src/Settings.ts"
import { type Servers, startServers } from "./support/servers.ts"
import { access, failureOf, withSource } from "./support/source.ts"

const setup = `
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
  CREATE TABLE t (id int PRIMARY KEY, v text);
  INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 60) n;
  CREATE FUNCTION slowly(seconds float8) RETURNS text LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM pg_sleep(seconds); RETURN 'slept'; END $$;
  CREATE VIEW slow AS SELECT id, slowly(0.02) AS v FROM t;
  CREATE VIEW stuck AS SELECT id, slowly(CASE WHEN id = 5 THEN 60 ELSE 0 END) AS v FROM t;
`

let servers: Servers
let lite: SupabaseLite
let proxy: TcpProxy
beforeAll(async () => {
  servers = await startServers(setup)
  lite = servers.lite
  proxy = await startTcpProxy(lite)
})
afterEach(() => {
  lite.fault = undefined
  proxy.heal()
  lite.takeRequests()
})
afterAll(async () => {
  await proxy?.stop()
  await servers?.stop()
})

const declared = { tables: { t: { columns: { id: "int not null", v: "text" }, key: ["id"] } } }

const read = (more: Partial<Settings> = {}, url = lite.url) =>
  withSource(
    access(url, lite.secretKey, { ...declared, ...more }),
    Effect.gen(function* () {
      const table = yield* describeOne("public", "t")
      const asked = { table, columns: table.columns, where: [], order: ["id"], after: undefined }
      return yield* readPage({ ...asked, limit: 1000, maxBytes: 1e6 })
    }),
  )

/** The error of a page, which must show nothing of the key. */
const failureOfRead = async (more?: Partial<Settings>, url?: string) => {
  const error = await Effect.runPromise(failureOf(read(more, url)))
  expect(JSON.stringify(error.describe())).not.toContain(lite.secretKey)
  return error
}

/** Answers the first so many requests in place of the server. */
const faultFor = (times: number, answer: () => Response) => {
  let left = times
  lite.fault = () => (left-- > 0 ? answer() : undefined)
}

const answer = (status: number, headers: Record<string, string> = {}, body = "") =>
  new Response(body, { status, headers })

describe("an answer that is no page is never taken for an empty one", () => {
  it.each([
    ["404 without a body", () => answer(404), "unreachable"],
    ["404 with a list", () => answer(404, {}, "[]"), "unreachable"],
    ["204", () => new Response(null, { status: 204 }), "unreachable"],
    ["200 without a body", () => answer(200), "unreachable"],
    ["200 with null", () => answer(200, {}, "null"), "unreachable"],
    ["200 with an object", () => answer(200, {}, "{}"), "unreachable"],
    ["200 with HTML", () => answer(200, { "content-type": "text/html" }, "<p>"), "unreachable"],
    ["200 with half of a list", () => answer(200, {}, '[{"c0":"1","c1":"x"},{"c0":'), "unreachable"],
    ["200 with a row that lacks a column", () => answer(200, {}, '[{"c0":"1"}]'), "unsupported"],
    ["200 with a number in place of text", () => answer(200, {}, '[{"c0":1,"c1":"x"}]'), "unsupported"],
    ["302 to elsewhere", () => answer(302, { location: "http://127.0.0.1:1/" }), "unreachable"],
    ["401 that shows the key", () => answer(401, {}, JSON.stringify({ message: lite.secretKey })), "unauthorized"],
    ["500", () => answer(500, {}, "oops"), "source-busy"],
    ["502", () => answer(502, {}, "<html>"), "unreachable"],
    ["540", () => answer(540), "unreachable"],
  ])("%s", async (_, make, code) => {
    faultFor(1, make)
    expect(await failureOfRead()).toMatchObject({ code, table: "public.t" })
  })
})

describe("a gateway that answers in the API's place", () => {
  const html = { "content-type": "text/html" }
  const answers: ReadonlyArray<readonly [status: number, body: string]> = [
    ...[302, 400, 402, 403, 404, 405, 406, 413, 414, 418, 431, 451].map((status) => [status, "<p>"] as const),
    [403, '{"code":"1020","message":"blocked"}'],
    [404, '{"message":"no Route matched with those values"}'],
  ]
  it.each(answers)("%s with %s is tried again, for rows and for the description", async (status, body) => {
    faultFor(1, () => answer(status, html, body))
    expect(await failureOfRead()).toMatchObject({ isRetryable: true })
    expect((await Effect.runPromise(read())).rows.length).toBe(50)
    faultFor(1, () => answer(status, html, body))
    const describes = withSource(access(lite.url, lite.secretKey), failureOf(describeOne("public", "t")))
    expect(await Effect.runPromise(describes)).toMatchObject({ isRetryable: true })
  })

  it.each(["<p>", "[]", "null", '{"status":"maintenance"}', ""])("200 with %j is no description", async (body) => {
    faultFor(1, () => answer(200, html, body))
    const describes = withSource(access(lite.url, lite.secretKey), failureOf(describeOne("public", "t")))
    expect(await Effect.runPromise(describes)).toMatchObject({ code: "unreachable", isRetryable: true })
  })
})

it("does not read declared tables alone where a later run may know of the others", async () => {
  const names = ["t", "slow"].map((name) => ({ schema: "public", name }))
  const described = (more: Partial<Settings>) =>
    Effect.runPromise(withSource(access(lite.url, lite.secretKey, more), Effect.result(describeAll(names))))
  faultFor(1, () => answer(503))
  expect(await described(declared)).toMatchObject({ _tag: "Failure", failure: { isRetryable: true } })
  faultFor(1, () => answer(401, {}, '{"code":"42501","message":"no"}'))
  expect(await described(declared)).toMatchObject({
    _tag: "Success",
    success: [{ key: ["id"] }, undefined],
  })
})

describe("a pause that the API asks for", () => {
  it("is kept inside the run where it is short", async () => {
    faultFor(1, () => answer(429, { "retry-after": "1" }))
    const before = Date.now()
    expect((await Effect.runPromise(read())).rows.length).toBe(50)
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000)
  })

  it("is left to the next run where it is long", async () => {
    faultFor(1, () => answer(429, { "retry-after": "60" }))
    expect(await failureOfRead()).toMatchObject({ code: "rate-limited", isRetryable: true, retryAfter: 60_000 })
    faultFor(1, () => answer(503, { "retry-after": new Date(Date.now() + 90_000).toUTCString() }))
    const error = await failureOfRead()
    expect(error.code).toBe("source-busy")
    expect(error.retryAfter).toBeGreaterThan(80_000)
    expect(lite.takeRequests().length).toBe(2)
  })

  it("is kept so often and no more", async () => {
    faultFor(100, () => answer(503, { "retry-after": "0" }))
    expect(await failureOfRead()).toMatchObject({ code: "source-busy", retryAfter: 0 })
    expect(lite.takeRequests().length).toBe(4)
  })

  it("is not assumed", async () => {
    faultFor(1, () => answer(429))
    expect(await failureOfRead()).toMatchObject({ code: "rate-limited" })
    expect(lite.takeRequests().length).toBe(1)
  })
})

const limits = (requests: ReadonlyArray<string>) =>
  requests.map((path) => Number(new URLSearchParams(path.split("?")[1]).get("limit")))

describe("a page that takes too long", () => {
  it("is asked for again with fewer rows, and the run goes on so", async () => {
    const slowly = <A, E>(effect: Effect.Effect<A, E, Source>) =>
      Effect.runPromise(withSource(access(servers.postgrest.url, lite.secretKey), effect))
    await servers.database.query("ALTER ROLE service_role SET statement_timeout = 500")
    await servers.postgrest.reload()
    try {
      const { rows, pages } = await slowly(
        Effect.flatMap(describeOne("public", "slow"), (table) => walk({ table, order: ["id"], limit: 1000 })),
      )
      expect(rows.map(([id]) => Number(id))).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
      expect(pages[0]?.rows.length).toBe(10)
      expect(Math.max(...pages.map((page) => page.rows.length))).toBeLessThanOrEqual(25)

      const stuck = slowly(
        failureOf(Effect.flatMap(describeOne("public", "stuck"), (table) => walk({ table, order: ["id"], limit: 3 }))),
      )
      expect(await stuck).toMatchObject({ code: "timeout", message: expect.stringContaining("57014") })
    } finally {
      await servers.database.query("ALTER ROLE service_role RESET ALL")
      await servers.postgrest.reload()
    }
  })

  it.each([
    ["504", () => answer(504, {}, "upstream request timeout")],
    ["500 with the SQLSTATE", () => answer(500, {}, '{"code":"57014","message":"canceling statement"}')],
  ])("%s means fewer rows too, down to one", async (_, make) => {
    faultFor(3, make)
    expect((await Effect.runPromise(read())).rows.length).toBe(1)
    expect(limits(lite.takeRequests())).toEqual([50, 10, 2, 1])
    faultFor(100, make)
    expect(await failureOfRead()).toMatchObject({ code: "timeout" })
  })

  it("is given up after the request timeout", async () => {
    lite.fault = () => new Promise(() => {})
    const before = Date.now()
    expect(await failureOfRead({ requestTimeout: "100 millis" })).toMatchObject({ code: "timeout" })
    expect(Date.now() - before).toBeLessThan(20_000)
    expect(limits(lite.takeRequests())).toEqual([50, 10, 2, 1])
  })
})

describe("the network", () => {
  it("may cut an answer in the middle, or refuse", async () => {
    const url = `http://${proxy.host}:${proxy.port}`
    proxy.cutAfter(1000)
    expect(await failureOfRead({}, url)).toMatchObject({ code: "unreachable", isRetryable: true })
    proxy.heal()
    proxy.refuse()
    proxy.cut()
    expect(await failureOfRead({}, url)).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("ECONN"),
    })
    proxy.heal()
    expect((await Effect.runPromise(read({}, url))).rows.length).toBe(50)
  })

  it("is let go of when the run is interrupted", async () => {
    proxy.cut()
    proxy.stall()
    const waiting = read({}, `http://${proxy.host}:${proxy.port}`)
    await Effect.runPromise(Effect.timeoutOption(waiting, "200 millis"))
    // What is stalled does not notice that its other side is gone.
    proxy.heal()
    const deadline = Date.now() + 5000
    while (proxy.open() > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(proxy.open()).toBe(0)
  })
})

it("reads an answer that is compressed", async () => {
  const body = gzipSync(JSON.stringify([{ c0: "1", c1: "é".repeat(100_000) }]))
  faultFor(1, () => new Response(body, { status: 200, headers: { "content-encoding": "gzip" } }))
  expect((await Effect.runPromise(read())).rows).toEqual([["1", "é".repeat(100_000)]])
})

describe("an answer that grows", () => {
  const endless = (row: () => string) => {
    let taken = 0
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode(`${taken++ === 0 ? "[" : ","}${row()}`))
      },
      cancel: () => {
        cancelled = true
      },
    })
    return { response: () => new Response(body, { status: 200 }), taken: () => taken, cancelled: () => cancelled }
  }

  it("is cut after whole rows, and the rest is not read", async () => {
    let id = 0
    const value = JSON.stringify(`"}${"x".repeat(50_000)}\\`)
    const stream = endless(() => `{"c0":"${++id}","c1":${value}}`)
    faultFor(1, stream.response)
    const page: MadePage = await Effect.runPromise(read())
    expect(page.done).toBe(false)
    expect(page.rows.map(([one]) => Number(one))).toEqual(Array.from({ length: page.rows.length }, (_, n) => n + 1))
    expect(page.bytes).toBeGreaterThanOrEqual(1e6)
    expect(page.bytes).toBeLessThan(1e6 + 60_000)
    const deadline = Date.now() + 5000
    while (!stream.cancelled() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(stream.cancelled()).toBe(true)
    expect(stream.taken()).toBeLessThan(400)
  })

  it("is given up where a description has no end", async () => {
    let id = 0
    const stream = endless(() => `{"name":"t${++id}","columns":"${"x".repeat(1_000_000)}"}`)
    faultFor(1, stream.response)
    const describes = withSource(access(lite.url, lite.secretKey), failureOf(describeOne("public", "t")))
    expect(await Effect.runPromise(describes)).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("sent more than 32 MB without an end"),
    })
  })

  it("is given up where one row has no end", async () => {
    const piece = "x".repeat(1_000_000)
    let first = true
    const stream = endless(() => {
      const text = first ? `{"c0":"1","c1":"${piece}` : piece
      first = false
      return text
    })
    faultFor(1, stream.response)
    expect(await failureOfRead()).toMatchObject({ code: "unreachable" })
  })
})
