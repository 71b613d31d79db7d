import {
  answeredWith,
  type Code,
  codeOfStatus,
  ConnectorError,
  type NoAnswer,
  toNoAnswerError,
} from "@starbase-replication/core/source"
import { codeOfResult } from "@starbase-replication/sqlite-values"

/** What came in place of the rows that were asked for. */
export type Failure =
  /** An answer that reports an error; `sqlite` is SQLite's own code, where the answer ends with one. */
  | {
      readonly kind: "status"
      readonly status: number
      readonly sqlite: string | undefined
      readonly message: string | undefined
      /** Milliseconds that the answer asks to wait. */
      readonly retryAfter: number | undefined
    }
  | NoAnswer

/** StarbaseDB answers its own failures with 400. */
const ofStatus = (status: number): Code => (status === 400 ? "source-busy" : codeOfStatus(status))

const urlHint = "Check url: it must be that of a StarbaseDB or of this project's Worker, without /query."
const rulesHint = "If the instance has row level security or an allowlist on, use its admin token."
const hints = new Map<Code, string>([
  ["unauthorized", "Check the secret that token names: it must hold the client or the admin token of the instance."],
  ["forbidden", rulesHint],
  ["invalid-config", urlHint],
])

/**
 * Classifies what came in place of rows, by SQLite's code, by HTTP status and by errno, never by a message. Only
 * SQLite's messages pass, which name tables and columns, and never the token.
 */
export const toConnectorError = (failure: Failure, label: string, token: string): ConnectorError =>
  failure.kind === "status" ? ofAnswer(failure, label, token) : toNoAnswerError(failure, label, urlHint)

const ofAnswer = (
  { status, sqlite, message = "", retryAfter }: Failure & { readonly kind: "status" },
  label: string,
  token: string,
): ConnectorError => {
  const code = sqlite === undefined ? ofStatus(status) : codeOfResult(sqlite)
  const hint = hints.get(code) ?? (sqlite === undefined && status === 500 ? rulesHint : undefined)
  return new ConnectorError({
    code,
    message: sqlite === undefined ? answeredWith(status, label) : `${label}: ${message.replaceAll(token, "…")}`,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

/** The token was refused. */
export const refusedToken = (label: string): ConnectorError => {
  const hint = hints.get("unauthorized") ?? ""
  return new ConnectorError({ code: "unauthorized", message: `${label} refused the token`, hint })
}
