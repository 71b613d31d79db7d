import {
  type Code,
  codeOfStatus,
  ConnectorError,
  type NoAnswer,
  toNoAnswerError,
} from "@starbase-replication/core/source"

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

/** By the beginnings of SQLite's result codes, and by the server's own. */
const byCode = new Map<string, Code>(
  Object.entries({
    BLOCKED: "forbidden",
    RESPONSE_TOO_LARGE: "unsupported",
    SQLITE_ABORT: "source-busy",
    SQLITE_AUTH: "forbidden",
    SQLITE_BUSY: "source-busy",
    SQLITE_CANTOPEN: "source-busy",
    SQLITE_FULL: "source-busy",
    SQLITE_INTERRUPT: "source-busy",
    SQLITE_IOERR: "source-busy",
    SQLITE_LOCKED: "source-busy",
    SQLITE_NOMEM: "source-busy",
    SQLITE_PERM: "forbidden",
    SQLITE_PROTOCOL: "source-busy",
    SQLITE_SCHEMA: "source-busy",
    STREAM_EXPIRED: "source-busy",
    TRANSACTION_BUSY: "source-busy",
    TRANSACTION_TIMEOUT: "source-busy",
  } satisfies Record<string, Code>),
)

const ofCode = (code: string): Code => byCode.get(/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code) ?? "unsupported"

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
  const code = failure.kind === "database" ? ofCode(failure.code) : codeOfStatus(failure.status)
  const isAnswer = failure.kind === "database" && failure.code === "RESPONSE_TOO_LARGE"
  const hint = isAnswer ? tooLargeHint : hints.get(code)
  return new ConnectorError({
    code,
    message: failure.kind === "database" ? said(failure.message, label, token) : answered(failure.status, label),
    ...(hint === undefined ? {} : { hint }),
    ...(failure.kind === "database" || failure.retryAfter === undefined ? {} : { retryAfter: failure.retryAfter }),
  })
}

/** The database names tables and columns in its messages, and never the token; to be sure, that is masked. */
const said = (message: string, label: string, token: string): string =>
  `${label}: ${token === "" ? message : message.replaceAll(token, "…")}`

const answered = (status: number, label: string): string =>
  `${label} answered ${status}${status >= 300 && status < 400 ? ", a redirection that is not followed" : ""}`
