import { describe, expect, it } from "vitest"
import { toConnectorError } from "../src/internal/errors.ts"

const answered = (status: number, code?: string, message?: string, retryAfter?: number) =>
  toConnectorError({ kind: "status", status, code, message, retryAfter }, "api.example", "sb_secret_key")

describe("toConnectorError", () => {
  it.each([
    [503, "PGRST000", "source-busy", true],
    [503, "PGRST002", "source-busy", true],
    [504, "PGRST003", "rate-limited", true],
    [400, "PGRST100", "unsupported", false],
    [416, "PGRST103", "unsupported", false],
    [406, "PGRST106", "table-missing", false],
    [404, "PGRST125", "table-missing", false],
    [404, "PGRST126", "forbidden", false],
    [400, "PGRST200", "unsupported", false],
    [400, "PGRST204", "column-missing", false],
    [404, "PGRST205", "table-missing", false],
    [500, "PGRST300", "unauthorized", false],
    [401, "PGRST301", "unauthorized", false],
    [401, "PGRST302", "unauthorized", false],
    [401, "PGRST303", "unauthorized", false],
    [500, "PGRSTX00", "source-busy", true],
    [503, "08006", "unreachable", true],
    [400, "0A000", "unsupported", false],
    [400, "22P02", "invalid-config", false],
    [400, "22012", "unsupported", false],
    [405, "25006", "unsupported", false],
    [403, "28000", "unauthorized", false],
    [404, "3F000", "table-missing", false],
    [500, "40001", "source-busy", true],
    [403, "42501", "forbidden", false],
    [401, "42501", "forbidden", false],
    [400, "42703", "column-missing", false],
    [404, "42883", "unsupported", false],
    [404, "42P01", "table-missing", false],
    [500, "42P17", "unsupported", false],
    [503, "53300", "rate-limited", true],
    [503, "53200", "source-busy", true],
    [500, "54000", "unsupported", false],
    [500, "55P03", "source-busy", true],
    [500, "57014", "timeout", true],
    [503, "57P01", "source-busy", true],
    [500, "58030", "source-busy", true],
    [400, "P0001", "unsupported", false],
    [500, "XX000", "source-busy", true],
    [500, "ZZ999", "source-busy", true],
    [204, undefined, "unreachable", true],
    [301, undefined, "unreachable", true],
    [400, undefined, "source-busy", true],
    [401, undefined, "unauthorized", false],
    [402, undefined, "unreachable", true],
    [403, undefined, "source-busy", true],
    [404, undefined, "unreachable", true],
    [405, undefined, "unreachable", true],
    [406, undefined, "source-busy", true],
    [413, undefined, "source-busy", true],
    [414, undefined, "source-busy", true],
    [431, undefined, "source-busy", true],
    [403, "SUP", "source-busy", true],
    [404, "not_found", "unreachable", true],
    [408, undefined, "timeout", true],
    [429, undefined, "rate-limited", true],
    [418, undefined, "source-busy", true],
    [500, undefined, "source-busy", true],
    [502, undefined, "unreachable", true],
    [503, undefined, "source-busy", true],
    [504, undefined, "timeout", true],
    [521, undefined, "unreachable", true],
    [524, undefined, "timeout", true],
    [526, undefined, "tls-failed", false],
    [540, undefined, "unreachable", true],
    [544, undefined, "timeout", true],
    [599, undefined, "source-busy", true],
  ])("classifies %i %s as %s", (status, code, expected, retryable) => {
    const error = answered(status, code, "words")
    expect([error.code, error.isRetryable]).toEqual([expected, retryable])
  })

  it.each([
    ["ECONNREFUSED", "unreachable"],
    ["ENOTFOUND", "unreachable"],
    ["UND_ERR_SOCKET", "unreachable"],
    [undefined, "unreachable"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "tls-failed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls-failed"],
  ])("classifies %s as %s", (code, expected) => {
    expect(toConnectorError({ kind: "network", code }, "api.example", "k").code).toBe(expected)
  })

  it("passes the words of PostgREST and PostgreSQL alone, and never the key", () => {
    expect(answered(400, "42703", 'column "x" does not exist').message).toBe(
      'api.example: column "x" does not exist (42703)',
    )
    expect(answered(401, "PGRST301", "no sb_secret_key here").message).toBe("api.example: no … here (PGRST301)")
    expect(answered(500, "SUP", "anything").message).toBe("api.example answered 500")
    expect(answered(500, undefined, "anything").message).toBe("api.example answered 500")
  })

  it("says how long to wait, and what to do", () => {
    expect(answered(429, undefined, undefined, 1500).retryAfter).toBe(1500)
    expect(answered(403, "42501").hint).toContain("Grant")
    expect(answered(406, "PGRST106").hint).toContain("exposed schemas")
    expect(answered(404).hint).toContain("Check url")
    expect(answered(402).hint).toContain("billing")
    expect(answered(414).hint).toContain("columns")
    expect(answered(540).hint).toContain("paused")
    expect(answered(400, "22P02").hint).toContain("where")
  })
})
