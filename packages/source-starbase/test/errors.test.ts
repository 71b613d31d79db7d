import type { RequestListener } from "node:http"
import { type Code, ConnectorError, Source } from "@starbase-replication/core/source"
import { answer, type HttpStub, startHttpStub } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withSource } from "./support/source.ts"

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

const error = (message: string) => ({ error: message })
const html = "<!doctype html><title>Just a moment...</title>"

const cases: ReadonlyArray<readonly [name: string, RequestListener, Code]> = [
  ["401", answer(401, error("Unauthorized request")), "unauthorized"],
  ["403", answer(403, error("no")), "forbidden"],
  ["403 in HTML", answer(403, html), "forbidden"],
  ["404", answer(404, error("Not found")), "invalid-config"],
  ["a redirection", answer(302, "", { Location: "https://elsewhere.invalid/" }), "invalid-config"],
  ["413", answer(413, html), "unsupported"],
  ["429", answer(429, html, { "Retry-After": "60" }), "rate-limited"],
  ["500 that is not SQLite's", answer(500, error("Query not allowed")), "source-busy"],
  ["503", answer(503, html, { "Retry-After": "60" }), "source-busy"],
  ["502", answer(502, html), "unreachable"],
  ["522", answer(522, html), "unreachable"],
  ["526", answer(526, html), "tls-failed"],
  ["530", answer(530, html), "unreachable"],
  ["an answer in HTML", answer(200, html), "unreachable"],
  ["an empty answer", answer(200, ""), "unreachable"],
  ["no rows at all", answer(200, {}), "unreachable"],
  ["an error with the status of success", answer(200, error("no")), "unreachable"],
  ["rows that are none", answer(200, { result: [[1]] }), "unreachable"],
  ["half an answer", answer(200, '{"result": [{"na'), "unreachable"],
  ["no memory", answer(500, error("out of memory: SQLITE_NOMEM")), "source-busy"],
  ["an interrupted statement", answer(500, error("interrupted: SQLITE_INTERRUPT")), "source-busy"],
  ["a failing disk", answer(500, error("disk I/O error: SQLITE_IOERR_READ")), "source-busy"],
  ["a function that is not allowed", answer(400, error("not authorized: SQLITE_AUTH")), "forbidden"],
  ["a statement that SQLite refuses", answer(400, error("too big: SQLITE_TOOBIG")), "unsupported"],
  ["silence", () => {}, "timeout"],
]

describe("what comes in place of rows", () => {
  it.each(cases)("%s", async (_, listener, code) => {
    stub.handle = listener
    expect((await failure()).code).toBe(code)
  })

  it("400, where a request without a token is answered 401: the token is refused", async () => {
    stub.handle = (request, response) =>
      answer(request.headers.authorization === undefined ? 401 : 400, error("Unauthorized request"))(request, response)
    expect((await failure()).code).toBe("unauthorized")
  })

  it("400, whatever the token: the instance fails, and the token may be right", async () => {
    stub.handle = answer(400, error("Durable Object is overloaded."))
    expect((await failure()).code).toBe("source-busy")
  })

  it("a token in the answer does not pass on", async () => {
    stub.handle = answer(500, error(`no such table: ${token}: SQLITE_ERROR`))
    expect((await failure()).message).toContain("no such table: …: SQLITE_ERROR")
  })
})

describe("Retry-After", () => {
  it("is waited for where it is short", async () => {
    stub.requests = 0
    stub.handle = (request, response) =>
      (stub.requests === 1 ? answer(429, html, { "Retry-After": "0" }) : answer(200, { result: [{ name: "t" }] }))(
        request,
        response,
      )
    expect(await withSource({ url: stub.url, token }, list)).toEqual([{ name: "t" }])
    expect(stub.requests).toBe(2)
  })

  it("is passed on where it is long", async () => {
    stub.handle = answer(503, html, { "Retry-After": "60" })
    expect((await failure()).retryAfter).toBe(60_000)
  })
})
