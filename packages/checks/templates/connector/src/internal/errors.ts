import { type Code, ConnectorError } from "@starbase-replication/core"

/** The driver's and the server's own codes. Messages change with versions and languages, so they decide nothing. */
const byCode = new Map<string, Code>([
  ["ECONNREFUSED", "unreachable"],
  ["ECONNRESET", "unreachable"],
  ["ENOTFOUND", "unreachable"],
  ["ETIMEDOUT", "unreachable"],
])

/** Classifies what the driver throws. Its message is left out: it may hold a password or a connection string. */
export const toConnectorError = (error: unknown): ConnectorError => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
  const found = byCode.get(code) ?? "unknown"
  return new ConnectorError({ code: found, message: `The server failed${code === "" ? "" : ` with ${code}`}` })
}
