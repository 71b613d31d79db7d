import type { RequestListener } from "node:http"
import { type Code, ConnectorError, Source } from "@starbase-replication/core/source"
import { answer, type HttpStub, startHttpStub } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSource, withSource } from "./support/source.ts"

let stub: HttpStub
beforeAll(async () => {
  stub = await startHttpStub()
})
afterAll(() => stub?.stop())

const token = "t0ken"

const list = Effect.flatMap(Source, (source) => source.list(undefined))

const failure = async (): Promise<ConnectorError> => {
  const error = await withSource({ url: stub.url, token }, Effect.flip(list), { requestTimeout: "300 millis" })
  expect(error).toBeInstanceOf(ConnectorError)
  expect(JSON.stringify(error)).not.toContain(token)
  return error
}

/** An answer of the protocol: a stream's request and its closing. */
const answered = (first: object) => ({
  baton: null,
  base_url: null,
  results: [first, { type: "ok", response: { type: "close" } }],
})
const refused = (code: string, message = "no") => answer(200, answered({ type: "error", error: { code, message } }))
const rows = answered({
  type: "ok",
  response: {
    type: "execute",
    result: {
      cols: [{ name: "name" }],
      rows: [[{ type: "text", value: "t" }]],
      affected_row_count: 0,
      last_insert_rowid: null,
    },
  },
})
const html = "<!doctype html><title>Just a moment...</title>"

const cases: ReadonlyArray<readonly [name: string, RequestListener, Code]> = [
  ["401", answer(401, { error: "no" }), "unauthorized"],
  ["403", answer(403, html), "forbidden"],
  ["404", answer(404, { error: "Namespace `x` doesn't exist" }), "invalid-config"],
  ["a redirection", answer(302, "", { Location: "https://elsewhere.invalid/" }), "invalid-config"],
  ["413", answer(413, html), "unsupported"],
  ["429", answer(429, html, { "Retry-After": "60" }), "rate-limited"],
  ["500", answer(500, { error: "internal" }), "source-busy"],
  ["503", answer(503, html, { "Retry-After": "60" }), "source-busy"],
  ["502", answer(502, html), "unreachable"],
  ["526", answer(526, html), "tls-failed"],
  ["an answer in HTML", answer(200, html), "unreachable"],
  ["an empty answer", answer(200, ""), "unreachable"],
  ["no results", answer(200, {}), "unreachable"],
  ["fewer results than were asked for", answer(200, { ...rows, results: [] }), "unreachable"],
  ["half an answer", answer(200, JSON.stringify(rows).slice(0, 90)), "unreachable"],
  ["reads that the owner has blocked", refused("BLOCKED"), "forbidden"],
  ["a busy database", refused("SQLITE_BUSY"), "source-busy"],
  ["a failing disk", refused("SQLITE_IOERR_READ"), "source-busy"],
  ["an answer that is too large", refused("RESPONSE_TOO_LARGE"), "unsupported"],
  ["a statement that SQLite refuses", refused("SQL_INPUT_ERROR"), "unsupported"],
  ["silence", () => {}, "timeout"],
]

describe("what comes in place of rows", () => {
  it.each(cases)("%s", async (_, listener, code) => {
    stub.handle = listener
    expect((await failure()).code).toBe(code)
  })

  it("a token in the answer does not pass on", async () => {
    stub.handle = refused("SQLITE_UNKNOWN", `no such table: ${token}`)
    expect((await failure()).message).toContain("no such table: …")
  })

  it("a redirection is not followed, which would take the token along", async () => {
    stub.requests = 0
    stub.handle = answer(307, "", { Location: `${stub.url}/elsewhere` })
    expect((await failure()).message).toContain("answered 307, a redirection that is not followed")
    expect(stub.requests).toBe(1)
  })
})

describe("Retry-After", () => {
  it("is waited for where it is short", async () => {
    stub.requests = 0
    stub.handle = (request, response) =>
      (stub.requests === 1 ? answer(429, html, { "Retry-After": "0" }) : answer(200, rows))(request, response)
    expect(await withSource({ url: stub.url, token }, list)).toEqual([{ name: "t" }])
    expect(stub.requests).toBe(2)
  })

  it("is passed on where it is long", async () => {
    stub.handle = answer(503, html, { "Retry-After": "60" })
    expect((await failure()).retryAfter).toBe(60_000)
  })
})

describe("settings", () => {
  it("send no token where none is named", async () => {
    let sent: string | undefined = "unset"
    stub.handle = (request, response) => {
      sent = request.headers.authorization
      answer(200, rows)(request, response)
    }
    await withSource({ url: stub.url }, list)
    expect(sent).toBeUndefined()
    await withSource({ url: stub.url, token }, list)
    expect(sent).toBe(`Bearer ${token}`)
  })

  it.each(["", "file:shop.db", "shop.turso.io", "wss://shop.turso.io", "libsql://shop.turso.io?authToken=x"])(
    "refuse the URL %j",
    async (text) => {
      const refusal = await Effect.runPromise(Effect.flip(Effect.provide(list, openSource({ url: text, token }))))
      expect(refusal.code).toBe("invalid-config")
    },
  )
})
