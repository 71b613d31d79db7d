import type { Code } from "@starbase-replication/core/source"
import { describe, expect, it } from "vitest"
import { type Phase, toConnectorError } from "../src/internal/errors.ts"

const place = { host: "db.example.com", port: 5432, encrypted: true, phase: "open" as Phase }
const ofServer = (code: string, more: object = {}) => ({
  code,
  severity: "ERROR",
  message: "what the server says",
  ...more,
})

describe("toConnectorError", () => {
  it.each<[string, Code]>([
    ["08006", "unreachable"],
    ["0A000", "unsupported"],
    ["22P02", "invalid-config"],
    ["22003", "invalid-config"],
    ["22012", "unsupported"],
    ["25006", "unsupported"],
    ["28P01", "unauthorized"],
    ["28000", "unauthorized"],
    ["3D000", "table-missing"],
    ["3F000", "table-missing"],
    ["40001", "source-busy"],
    ["40P01", "source-busy"],
    ["42501", "forbidden"],
    ["42703", "column-missing"],
    ["42883", "unsupported"],
    ["42P01", "table-missing"],
    ["42601", "unknown"],
    ["53200", "source-busy"],
    ["53300", "rate-limited"],
    ["54001", "unsupported"],
    ["55P03", "source-busy"],
    ["57014", "timeout"],
    ["57P01", "source-busy"],
    ["57P03", "source-busy"],
    ["58030", "source-busy"],
    ["HV000", "source-busy"],
    ["XX000", "unknown"],
    ["P0001", "unknown"],
  ])("takes SQLSTATE %s for %s", (state, code) => {
    expect(toConnectorError(ofServer(state), place)).toMatchObject({
      code,
      message: `db.example.com:5432: what the server says (SQLSTATE ${state})`,
    })
  })

  it.each([
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EHOSTUNREACH",
    "ENETUNREACH",
  ])("takes %s for unreachable", (code) => {
    const error = toConnectorError(Object.assign(new Error("secret"), { code }), { ...place, phase: "connecting" })
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringContaining(`(${code})`) })
    expect(error.message).toMatch(/^Could not connect to db\.example\.com:5432: /)
    expect(error.message).not.toContain("secret")
  })

  it.each([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CERT_HAS_EXPIRED",
    "HOSTNAME_MISMATCH",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "EPROTO",
  ])("takes %s for tls-failed", (code) => {
    expect(toConnectorError(Object.assign(new Error(), { code }), { ...place, phase: "tls-handshake" }).code).toBe(
      "tls-failed",
    )
  })

  it.each<[Phase, Code]>([
    ["connecting", "unreachable"],
    ["tls-refused", "tls-failed"],
    ["tls-handshake", "tls-failed"],
    ["login", "unreachable"],
    ["login-refused", "unauthorized"],
    ["open", "unreachable"],
  ])("goes by how far it had come where there is no code: %s is %s", (phase, code) => {
    for (const error of [new Error("secret"), "secret", undefined, { code: 7 }, { code: "constructor" }]) {
      const found = toConnectorError(error, { ...place, phase })
      expect(found.code).toBe(code)
      expect(found.message).not.toContain("secret")
    }
  })

  it.each([
    ["58000", "abc.hyperdrive.local", "open", "unreachable", "origin-connection-limit"],
    ["58000", "db.example.com", "open", "source-busy", undefined],
    ["XX000", "aws-0-eu.pooler.supabase.com", "connecting", "unreachable", "PROJECTREF"],
    ["XX000", "db.example.com", "open", "unknown", undefined],
    ["08P01", "db.example.com", "login", "unreachable", "pool may be full"],
    ["53300", "db.example.com", "connecting", "rate-limited", "limits.concurrency"],
  ] as const)("tells what a pooler says with %s at %s", (state, host, phase, code, hint) => {
    const error = toConnectorError(ofServer(state, { severity: "FATAL" }), { ...place, host, phase })
    expect(error).toMatchObject({ code, message: expect.stringContaining("what the server says") })
    if (hint === undefined) expect(error.hint).toBeUndefined()
    else expect(error.hint).toContain(hint)
  })

  it("never names tls: disable for a public host", () => {
    for (const phase of ["tls-refused", "tls-handshake"] as const) {
      expect(toConnectorError(new Error(), { ...place, phase }).hint).not.toContain("disable")
    }
    const supabase = { ...place, host: "db.abc.supabase.co", phase: "tls-handshake" } as const
    expect(toConnectorError(new Error(), supabase).hint).toContain("docs/hosts.md#supabase")
    const own = { ...place, host: "localhost", phase: "tls-refused" } as const
    expect(toConnectorError(new Error(), own).hint).toContain("disable")
  })

  it("leads to what is known of the host where no connection came about", () => {
    const refused = Object.assign(new Error(), { code: "ECONNREFUSED" })
    const fly = { ...place, host: "direct.abc.flympg.net", phase: "connecting" } as const
    for (const error of [refused, new Error()]) {
      expect(toConnectorError(error, fly).hint).toContain("docs/hosts.md#fly")
      expect(toConnectorError(error, { ...place, phase: "connecting" }).hint).toBeUndefined()
      expect(toConnectorError(error, { ...fly, phase: "open" }).hint).toBeUndefined()
    }
  })

  it("names the column where the server does, and hints at encryption where it may be missing", () => {
    expect(toConnectorError(ofServer("22P02", { column: "id" }), place).column).toBe("id")
    expect(toConnectorError(ofServer("28000"), { ...place, encrypted: false }).hint).toContain("tls")
    expect(toConnectorError(ofServer("28000"), place).hint).toBeUndefined()
  })
})
