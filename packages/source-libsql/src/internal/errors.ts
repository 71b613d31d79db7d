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
  /** The database's own error; `code` is Hrana's, which for SQLite's errors is SQLite's. */
  | { readonly kind: "database"; readonly code: string; readonly message: string }
  | {
      readonly kind: "status"
      readonly status: number
      /** Milliseconds that the answer asks to wait. */
      readonly retryAfter: number | undefined
    }
  | NoAnswer

/** The server's own codes. */
const byCode = new Map<string, Code>([
  ["BLOCKED", "forbidden"],
  ["STREAM_EXPIRED", "source-busy"],
  ["TRANSACTION_BUSY", "source-busy"],
  ["TRANSACTION_TIMEOUT", "source-busy"],
])

const urlHint = "Check url: it must be that of a libSQL server or of a database at Turso, as its dashboard shows it."
const hints = new Map<Code, string>([
  ["unauthorized", "Check the secret that token names: it must hold a token of this database that has not run out."],
  ["forbidden", "Check that the token may read, and at Turso that reads are not blocked by the plan or its owner."],
  ["invalid-config", urlHint],
])
const tooLargeHint = "Leave wide columns out with columns, or start sqld with a larger --max-response-size."

/** Whether fewer rows at once would do. */
export const isTooLarge = ({ hint }: ConnectorError): boolean => hint === tooLargeHint

/** Classifies what came in place of rows, by code, HTTP status and errno, never by a message. */
export const toConnectorError = (failure: Failure, label: string, token: string): ConnectorError => {
  if (failure.kind !== "database" && failure.kind !== "status") return toNoAnswerError(failure, label, urlHint)
  const code =
    failure.kind === "database"
      ? (byCode.get(failure.code) ?? codeOfResult(failure.code))
      : codeOfStatus(failure.status)
  const isAnswer = failure.kind === "database" && failure.code === "RESPONSE_TOO_LARGE"
  const hint = isAnswer ? tooLargeHint : hints.get(code)
  return new ConnectorError({
    code,
    message: failure.kind === "database" ? said(failure.message, label, token) : answeredWith(failure.status, label),
    ...(hint === undefined ? {} : { hint }),
    ...(failure.kind === "database" || failure.retryAfter === undefined ? {} : { retryAfter: failure.retryAfter }),
  })
}

/** The database names tables and columns in its messages, and never the token; to be sure, that is masked. */
const said = (message: string, label: string, token: string): string =>
  `${label}: ${token === "" ? message : message.replaceAll(token, "…")}`
