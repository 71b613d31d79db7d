import { ConnectorError, networkReason } from "@starbase-replication/core/source"

/**
 * Classifies what the driver throws by its code alone; the server's own codes are to be added. Messages change with
 * versions and languages, so they decide nothing, and they are left out: they may hold a password or a connection string.
 */
export const toConnectorError = (error: unknown): ConnectorError => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
  const reason = networkReason(code)
  return reason === undefined
    ? new ConnectorError({ code: "unknown", message: `The server failed${code === "" ? "" : ` with ${code}`}` })
    : new ConnectorError({ code: "unreachable", message: `The server could not be reached: ${reason} (${code})` })
}
