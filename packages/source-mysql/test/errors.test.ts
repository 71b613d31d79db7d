import type { Code } from "@starbase-replication/core/source"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { isFatal, isServerError, type Phase, toConnectorError } from "../src/internal/errors.ts"

const place = {
  host: "db.example.com",
  port: 3306,
  encrypted: true,
  phase: "open" as Phase,
  password: Redacted.make("hunter2"),
}
const ofServer = (errno: number, sqlMessage = "what the server says") =>
  Object.assign(new Error(sqlMessage), { errno, sqlMessage, sqlState: "HY000", sql: "SELECT secret" })

describe("toConnectorError", () => {
  it.each<[number, Code]>([
    [1038, "unsupported"],
    [1040, "rate-limited"],
    [1044, "table-missing"],
    [1045, "unauthorized"],
    [1049, "table-missing"],
    [1053, "source-busy"],
    [1054, "column-missing"],
    [1064, "unknown"],
    [1105, "source-busy"],
    [1129, "forbidden"],
    [1130, "unauthorized"],
    [1142, "forbidden"],
    [1143, "forbidden"],
    [1146, "table-missing"],
    [1203, "rate-limited"],
    [1205, "source-busy"],
    [1213, "source-busy"],
    [1226, "rate-limited"],
    [1227, "forbidden"],
    [1267, "invalid-config"],
    [1292, "invalid-config"],
    [1317, "source-busy"],
    [1356, "unsupported"],
    [1412, "source-busy"],
    [1525, "invalid-config"],
    [1615, "source-busy"],
    [1690, "unsupported"],
    [1698, "unauthorized"],
    [1792, "unsupported"],
    [1927, "source-busy"],
    [1969, "timeout"],
    [3024, "timeout"],
    [3159, "unauthorized"],
    [3854, "invalid-config"],
    [4031, "unreachable"],
    [9999, "unknown"],
  ])("takes error %i for %s", (errno, code) => {
    const error = toConnectorError(ofServer(errno), place)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/^db\.example\.com:3306: /)
    expect(error.message).toContain(`(error ${errno})`)
    expect(error.message).not.toContain("SELECT")
  })

  it("takes a silent end before the login for a certificate that was not accepted, where there is one", () => {
    const lost = new Error("closed")
    expect(toConnectorError(lost, { ...place, phase: "login" })).toMatchObject({
      code: "tls-failed",
      isRetryable: false,
    })
    for (const other of [{ phase: "connecting" }, { phase: "login", encrypted: false }, { phase: "open" }] as const) {
      expect(toConnectorError(lost, { ...place, ...other }).code).toBe("unreachable")
    }
    const reset = Object.assign(lost, { code: "ECONNRESET" })
    expect(toConnectorError(reset, { ...place, phase: "login" }).code).toBe("unreachable")
  })

  it("lets the server's words pass where they name no user, no host and no statement", () => {
    expect(toConnectorError(ofServer(1146, "Table 'a.b' doesn't exist"), place).message).toContain("'a.b'")
    for (const errno of [1040, 1044, 1045, 1064, 1129, 1130, 1142, 1143, 1226, 1698, 9999]) {
      expect(toConnectorError(ofServer(errno, "'reader'@'10.0.0.1'"), place).message).not.toContain("reader")
    }
  })

  it("gives the words of an error that is not known, its secrets masked", () => {
    const disk = "Can't create/write to file '/var/tmp/#sql-temptable-1.MAI' (Errcode: 13 \"Permission denied\")"
    expect(toConnectorError(ofServer(1, disk), place).message).toContain(disk)
    const vitess =
      "target: shop.-.primary: vttablet: rpc error: code = ResourceExhausted desc = Row count exceeded 100000"
    expect(toConnectorError(ofServer(1105, vitess), place)).toMatchObject({
      message: expect.stringContaining(vitess),
      hint: expect.stringContaining("PlanetScale"),
    })
    const statement = "You have an error near 'COLLATE = _utf8mb4 x'68756e74' AND hunter2' of 'u'@'10.0.0.1'"
    const { message } = toConnectorError(ofServer(1064, statement), place)
    expect(message).toContain("You have an error near")
    for (const secret of ["68756e74", "hunter2", "10.0.0.1"]) expect(message).not.toContain(secret)
  })

  it.each([
    ["db.example.com", false],
    ["aws-0-eu.pooler.supabase.com", false],
    ["localhost", true],
    ["10.1.2.3", true],
    ["mysql", true],
    ["db.internal", true],
    ["172.32.0.1", false],
  ])("names tls: disable for %s: %s", (host, isNamed) => {
    for (const code of ["HANDSHAKE_NO_SSL_SUPPORT", "HANDSHAKE_SSL_ERROR"]) {
      const { hint } = toConnectorError(Object.assign(new Error(), { code }), { ...place, host })
      expect(hint?.includes("disable")).toBe(isNamed && code === "HANDSHAKE_NO_SSL_SUPPORT")
    }
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
    "PROTOCOL_CONNECTION_LOST",
  ])("takes %s for unreachable", (code) => {
    const cause = Object.assign(new Error("secret"), { code, errno: -111 })
    const error = toConnectorError(cause, { ...place, phase: "connecting" })
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringContaining(`(${code})`) })
    expect(error.message).toMatch(/^Could not connect to db\.example\.com:3306: /)
    expect(error.message).not.toContain("secret")
  })

  it.each([
    "HANDSHAKE_SSL_ERROR",
    "HANDSHAKE_NO_SSL_SUPPORT",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "EPROTO",
  ])("takes %s for tls-failed", (code) => {
    expect(toConnectorError(Object.assign(new Error(), { code }), { ...place, phase: "connecting" }).code).toBe(
      "tls-failed",
    )
  })

  it("goes by how far it had come where there is no code", () => {
    for (const error of [
      new Error("secret"),
      "secret",
      undefined,
      { code: 7 },
      { code: "constructor" },
      { errno: "1" },
    ]) {
      for (const phase of ["connecting", "open"] as const) {
        const found = toConnectorError(error, { ...place, phase })
        expect(found.code).toBe("unreachable")
        expect(found.message).not.toContain("secret")
      }
    }
  })

  it("leads to what is known of the host where no connection came about", () => {
    const refused = Object.assign(new Error(), { code: "ECONNREFUSED" })
    const aiven = { ...place, host: "shop-acme.a.aivencloud.com", phase: "connecting" } as const
    expect(toConnectorError(refused, aiven).hint).toContain("docs/hosts.md#aiven")
    expect(toConnectorError(refused, { ...aiven, phase: "open" }).hint).toBeUndefined()
    expect(toConnectorError(refused, { ...place, phase: "connecting" }).hint).toBeUndefined()
  })

  it("hints at encryption where it may be missing", () => {
    expect(toConnectorError(ofServer(1045), { ...place, encrypted: false }).hint).toContain("tls")
    expect(toConnectorError(ofServer(1045), place).hint).toBeUndefined()
  })

  it("tells what ends the connection", () => {
    expect(isServerError(ofServer(1146))).toBe(true)
    expect(isServerError({ errno: -111 })).toBe(false)
    expect(isFatal(ofServer(1146))).toBe(false)
    expect(isFatal(ofServer(1927))).toBe(true)
  })
})
