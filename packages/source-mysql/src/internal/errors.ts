import { type Code, ConnectorError, isTlsFailure, networkReason } from "@starbase-replication/core/source"
import { connectHint, noTlsHint, tlsHint } from "@starbase-replication/sql-source"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { addressForm } from "../Settings.ts"

/** How far a connection had come: reaching the server, agreeing on TLS and logging in, or open. */
export type Phase = "connecting" | "login" | "open"

/** What is known of where an error happened. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  readonly phase: Phase
  /** What no message may hold. */
  readonly password: Redacted.Redacted
}

const sortHint = "Add an index on the cursor and key columns, or raise sort_buffer_size at the server."

const packetHint = "Raise max_allowed_packet at the server, or name a shorter key."

const viewHint = "Mend or drop the view at the source: what it reads is gone, or its definer may not read it."

const lockHint =
  "Somebody holds a lock on the table: ALTER TABLE, LOCK TABLES, or a transaction that one of them waits for. It is tried again by itself; SHOW PROCESSLIST tells who it is."

const vitessHint =
  "Vitess and PlanetScale say so of whatever fails there, mostly at a limit of theirs: lower batchSize, and see the host's log."

/** What the server's errors mean, by number; `words` stand for messages that name users and hosts. */
const serverErrors = new Map<number, { readonly code: Code; readonly words?: string; readonly hint?: string }>([
  [1021, { code: "source-busy" }],
  [1037, { code: "source-busy" }],
  [1038, { code: "unsupported", hint: sortHint }],
  [1040, { code: "rate-limited", words: "too many connections" }],
  [1041, { code: "source-busy" }],
  // The server does not tell whether the database is there.
  [1044, { code: "table-missing", words: "the database is not there, or the user may not use it" }],
  [1045, { code: "unauthorized", words: "the user or the password was refused" }],
  [1046, { code: "table-missing" }],
  [1049, { code: "table-missing" }],
  [1053, { code: "source-busy" }],
  [1054, { code: "column-missing" }],
  [1094, { code: "source-busy" }],
  [1104, { code: "unsupported" }],
  [1105, { code: "source-busy", hint: vitessHint }],
  [1109, { code: "table-missing" }],
  [1114, { code: "source-busy" }],
  [1129, { code: "forbidden", words: "the server blocks this host after too many failed connections" }],
  [1130, { code: "unauthorized", words: "the server does not accept connections from this host" }],
  [1135, { code: "source-busy" }],
  [1142, { code: "forbidden", words: "the user may not read the table" }],
  [1143, { code: "forbidden", words: "the user may not read a column of the table" }],
  [1146, { code: "table-missing" }],
  [1153, { code: "unsupported", hint: packetHint }],
  [1158, { code: "unreachable" }],
  [1159, { code: "unreachable" }],
  [1160, { code: "unreachable" }],
  [1161, { code: "unreachable" }],
  [1184, { code: "unreachable", words: "the connection was aborted" }],
  [1203, { code: "rate-limited", words: "the user has too many connections" }],
  [1205, { code: "source-busy", hint: lockHint }],
  [1213, { code: "source-busy" }],
  [1226, { code: "rate-limited", words: "the user has used up a resource" }],
  [1227, { code: "forbidden", words: "the user lacks a privilege" }],
  [1242, { code: "unsupported" }],
  [1251, { code: "unauthorized", words: "the login method of the user is too old" }],
  [1267, { code: "invalid-config" }],
  [1271, { code: "unsupported" }],
  [1292, { code: "invalid-config" }],
  [1317, { code: "source-busy" }],
  [1345, { code: "forbidden", words: "the user may not look into the view" }],
  [1356, { code: "unsupported", hint: viewHint }],
  [1365, { code: "unsupported" }],
  [1370, { code: "forbidden", words: "the user may not run a routine that the view calls" }],
  [1412, { code: "source-busy" }],
  [1449, { code: "unsupported", words: "the definer of the view does not exist" }],
  [1525, { code: "invalid-config" }],
  [1615, { code: "source-busy" }],
  [1690, { code: "unsupported" }],
  [1698, { code: "unauthorized", words: "the user or the password was refused" }],
  [1792, { code: "unsupported", words: "the view writes, which a source never does" }],
  [1820, { code: "unauthorized", words: "the password must be changed first" }],
  [1862, { code: "unauthorized", words: "the password has expired" }],
  [1927, { code: "source-busy" }],
  [1969, { code: "timeout" }],
  [3024, { code: "timeout" }],
  [3118, { code: "unauthorized", words: "the account is locked" }],
  [3159, { code: "unauthorized", words: "the server wants encryption" }],
  [3854, { code: "invalid-config" }],
  [3948, { code: "unsupported" }],
  [4031, { code: "unreachable" }],
  [4151, { code: "unauthorized", words: "the account is locked" }],
])

/** What a code says of the network, mysql2's own included. */
const reasonOf = (code: string): string | undefined =>
  code === "PROTOCOL_CONNECTION_LOST" ? "the connection was closed" : networkReason(code)

const field = (error: unknown, name: string): unknown => (Predicate.hasProperty(error, name) ? error[name] : undefined)

const textOf = (error: unknown, name: string): string => {
  const value = field(error, name)
  return typeof value === "string" ? value : ""
}

/** Whether the server itself sent the error, with its number. */
export const isServerError = (error: unknown): boolean =>
  typeof field(error, "errno") === "number" && Number(field(error, "errno")) > 0

/** Whether the server closes the connection after this error. */
export const isFatal = (error: unknown): boolean =>
  field(error, "fatal") === true || [1053, 1927, 4031].includes(Number(field(error, "errno")))

/** Whether the server has no longer what was asked for of its binlog, or never had it. */
export const isLogLost = (error: unknown): boolean => Number(field(error, "errno")) === 1236

/** Whether the server said that it has no TLS. */
export const isTlsRefused = (error: unknown): boolean => textOf(error, "code") === "HANDSHAKE_NO_SSL_SUPPORT"

/**
 * Classifies what mysql2 and Node report, by the server's number, by errno and by how far the connection had come,
 * never by a message. The server's own messages pass; users, the values of statements and the password are masked.
 */
export const toConnectorError = (error: unknown, place: Place): ConnectorError => {
  const server = `${place.host}:${place.port}`
  if (isServerError(error)) return ofServer(Number(field(error, "errno")), textOf(error, "sqlMessage"), place)
  const code = textOf(error, "code")
  if (isTlsRefused(error)) {
    return new ConnectorError({
      code: "tls-failed",
      message: `${server} does not offer encryption`,
      hint: noTlsHint(place.host),
    })
  }
  if (isTlsFailure(code) || code === "HANDSHAKE_SSL_ERROR") {
    const message = `The encryption with ${server} failed: its certificate or protocol was not accepted (${code})`
    return new ConnectorError({ code: "tls-failed", message, hint: tlsHint(addressForm, place.host) })
  }
  if (code === "AUTH_SWITCH_PLUGIN_ERROR") {
    const message = `${server} asks for a login that the password does not serve`
    return new ConnectorError({ code: "unauthorized", message })
  }
  const network = reasonOf(code)
  if (network === undefined && place.encrypted && place.phase === "login") {
    // Workers say no more of a certificate that they do not accept.
    return new ConnectorError({
      code: "tls-failed",
      message: `The encryption with ${server} failed`,
      hint: tlsHint(addressForm, place.host),
    })
  }
  const reason = network === undefined ? "" : `: ${network} (${code})`
  return place.phase === "open"
    ? new ConnectorError({ code: "unreachable", message: `The connection to ${server} was lost${reason}` })
    : new ConnectorError({
        code: "unreachable",
        message: `Could not connect to ${server}${reason}`,
        ...connectHint(place.host),
      })
}

/** The server's words without users, their hosts, the password and what a statement compares with. */
const masked = (words: string, password: string): string => {
  const open = password === "" ? words : words.replaceAll(password, "…")
  const closed = open.replaceAll(/'[^']*'@'[^']*'/g, "'…'@'…'").replaceAll(/x'[0-9a-f]*'?/gi, "x'…'")
  return closed === "" ? "the server reported an error" : closed.slice(0, 500)
}

const ofServer = (errno: number, sqlMessage: string, place: Place): ConnectorError => {
  const known = serverErrors.get(errno)
  const code = known?.code ?? "unknown"
  const words = known?.words ?? masked(sqlMessage, Redacted.value(place.password))
  const hint =
    code === "unauthorized" && !place.encrypted
      ? "Check the user and the secret; if the server wants encryption, set tls to require."
      : code === "invalid-config"
        ? "Check the values in the table's where."
        : known?.hint
  return new ConnectorError({
    code,
    message: `${place.host}:${place.port}: ${words} (error ${errno})`,
    ...(hint === undefined ? {} : { hint }),
  })
}
