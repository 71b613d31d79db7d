import { type Code, ConnectorError, isTlsFailure, networkReason } from "@starbase-replication/core/source"
import { codeOfSqlState } from "@starbase-replication/postgres-values"
import { connectHint, isHyperdrive, noTlsHint, tlsHint } from "@starbase-replication/sql-source"
import * as Predicate from "effect/Predicate"
import { addressForm } from "../Settings.ts"

/**
 * How far a connection had come: reaching the server, told that it has no TLS, agreeing on TLS, logging in, unable to
 * log in as the server asks, or open.
 */
export type Phase = "connecting" | "tls-refused" | "tls-handshake" | "login" | "login-refused" | "open"

/** What is known of where an error happened. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly encrypted: boolean
  readonly phase: Phase
}

/** One code says that a privilege is missing, and that row level security would leave rows out. */
const forbiddenHint =
  'Grant USAGE on the schema and SELECT on the table to the replication user. Where the message names row-level security, give that user BYPASSRLS, or set rowSecurity to "accept" in the source to replicate only the rows that it sees.'

const lockHint =
  "Somebody holds a lock on the table: ALTER TABLE, TRUNCATE, VACUUM FULL, LOCK TABLE, or a transaction that one of them waits for. It is tried again by itself; pg_locks and pg_stat_activity tell who it is."

/**
 * What poolers say in the database's place, by its codes: Hyperdrive where it has no connection to it, PgBouncer and
 * Supavisor where they have none to give, or know the user not.
 */
const ofPooler = (
  state: string,
  { host, phase }: Place,
): { readonly code: Code; readonly hint: string } | undefined => {
  if (state === "58000" && isHyperdrive(host)) {
    return {
      code: "unreachable",
      hint: "Hyperdrive says so, not the database: it was refused there, or has no connection left. Let Cloudflare's published addresses in, see how many connections the host allows, raise --origin-connection-limit or lower limits.concurrency.",
    }
  }
  if (state === "XX000" && phase !== "open") {
    return {
      code: "unreachable",
      hint: "A pooler says so, not the database. See that the user is written as the pooler wants it (Supabase: role.PROJECTREF), the host as the dashboard shows it, tls is not disable, and its pool has room: lower limits.concurrency.",
    }
  }
  if (state.startsWith("08")) {
    return {
      code: "unreachable",
      hint: "The server or a pooler before it answered, and cannot serve: its pool may be full or its database down. See its log; lower limits.concurrency or widen the pool.",
    }
  }
  return state === "53300"
    ? {
        code: "rate-limited",
        hint: "The server has no connection to spare: lower limits.concurrency, allow more, or connect through a pooler.",
      }
    : undefined
}

const text = (error: unknown, field: string): string | undefined => {
  const value = Predicate.hasProperty(error, field) ? error[field] : undefined
  return typeof value === "string" && value !== "" ? value : undefined
}

/** Whether the server itself sent the error, with its SQLSTATE; it names roles and tables but never a password. */
export const isServerError = (error: unknown): boolean =>
  text(error, "severity") !== undefined && /^[0-9A-Z]{5}$/.test(text(error, "code") ?? "")

/** Whether the server closes the connection after this error. */
export const isFatal = (error: unknown): boolean => /^(?:FATAL|PANIC)$/.test(text(error, "severity") ?? "")

/**
 * What an error is where the config gives no value to a statement: it is the source's own value of before that is none of
 * its column's any more, such as a label of an enum.
 */
export const ofPosition = (error: ConnectorError): ConnectorError =>
  error.code === "invalid-config"
    ? new ConnectorError({
        code: "schema-changed",
        message: `${error.message}; the type has changed since the last page`,
      })
    : error

/**
 * Classifies what pg and Node report, by SQLSTATE, by errno and by how far the connection had come, never by a
 * message. Only the server's own messages pass.
 */
export const toConnectorError = (error: unknown, place: Place): ConnectorError => {
  const server = `${place.host}:${place.port}`
  const code = text(error, "code") ?? ""
  if (isServerError(error)) {
    const column = text(error, "column")
    const needsTls = code === "28000" && !place.encrypted
    const pooler = ofPooler(code, place)
    const known = pooler?.code ?? codeOfSqlState(code) ?? "unknown"
    return new ConnectorError({
      code: known,
      message: `${server}: ${text(error, "message") ?? "no message"} (SQLSTATE ${code})`,
      ...(column === undefined ? {} : { column }),
      ...(needsTls
        ? { hint: "Check the user and the secret; if the server wants encryption, set tls to require." }
        : {}),
      ...(code === "42501" ? { hint: forbiddenHint } : {}),
      ...(code === "55P03" ? { hint: lockHint } : {}),
      ...(known === "invalid-config" ? { hint: "Check the values in the table's where." } : {}),
      ...(pooler === undefined ? {} : { hint: pooler.hint }),
    })
  }
  if (isTlsFailure(code)) {
    const message = `The encryption with ${server} failed: its certificate or protocol was not accepted (${code})`
    return new ConnectorError({ code: "tls-failed", message, hint: tlsHint(addressForm, place.host) })
  }
  const network = networkReason(code)
  if (network !== undefined) {
    const message =
      place.phase === "open"
        ? `The connection to ${server} was lost: ${network} (${code})`
        : `Could not connect to ${server}: ${network} (${code})`
    return new ConnectorError({
      code: "unreachable",
      message,
      ...(place.phase === "open" ? {} : connectHint(place.host)),
    })
  }
  switch (place.phase) {
    case "connecting":
      return new ConnectorError({
        code: "unreachable",
        message: `Could not connect to ${server}: the connection was closed`,
        ...connectHint(place.host),
      })
    case "tls-refused":
      return new ConnectorError({
        code: "tls-failed",
        message: `${server} does not offer encryption`,
        hint: noTlsHint(place.host),
      })
    case "tls-handshake":
      return new ConnectorError({
        code: "tls-failed",
        message: `The encryption with ${server} failed`,
        hint: tlsHint(addressForm, place.host),
      })
    case "login":
      return new ConnectorError({ code: "unreachable", message: `${server} closed the connection during the login` })
    case "login-refused":
      return new ConnectorError({
        code: "unauthorized",
        message: `${server} asks for a login that the password does not serve; it may be missing`,
      })
    case "open":
      return new ConnectorError({ code: "unreachable", message: `The connection to ${server} was lost` })
  }
}
