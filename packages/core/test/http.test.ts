import { describe, expect, it } from "vitest"
import { codeOfStatus, parseRetryAfter, toNoAnswerError } from "../src/error/Http.ts"
import { errnoOf, isTlsFailure, networkReason } from "../src/error/Network.ts"

describe("parseRetryAfter", () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    [null, undefined],
    ["0", 0],
    ["7", 7000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("reads %s as %s", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected)
  })
})

it.each([
  [307, "invalid-config"],
  [401, "unauthorized"],
  [418, "unknown"],
  [429, "rate-limited"],
  [500, "source-busy"],
  [503, "source-busy"],
  [504, "timeout"],
  [525, "tls-failed"],
])("the status %i means %s", (status, code) => {
  expect(codeOfStatus(status)).toBe(code)
})

it("the code of what fetch throws is found below its causes", () => {
  const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" })
  const several = new TypeError("fetch failed", { cause: new AggregateError([refused]) })
  expect(errnoOf(several)).toBe("ECONNREFUSED")
  expect(errnoOf(new Error("nothing"))).toBeUndefined()
  expect(networkReason("ECONNREFUSED")).toBe("nothing accepts connections there")
  expect(networkReason("22P02")).toBeUndefined()
})

it("a request without an answer is told by what kept it away", () => {
  const told = (failure: Parameters<typeof toNoAnswerError>[0]) => toNoAnswerError(failure, "api.example", "Check url.")
  expect(told({ kind: "network", code: "CERT_HAS_EXPIRED" }).code).toBe("tls-failed")
  expect(told({ kind: "network", code: "ENOTFOUND" }).message).toBe(
    "api.example could not be reached: its name is not known (ENOTFOUND)",
  )
  expect(told({ kind: "network", code: undefined }).code).toBe("unreachable")
  expect(told({ kind: "timeout" }).code).toBe("timeout")
  expect(told({ kind: "answer", problem: "sent a page" })).toMatchObject({ code: "unreachable", hint: "Check url." })
  expect(isTlsFailure("ECONNRESET")).toBe(false)
})
