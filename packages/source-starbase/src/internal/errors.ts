import { type Code, ConnectorError } from "@starbase-replication/core"

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
  /** No answer, or half of one; `code` is the errno, where the runtime tells. */
  | { readonly kind: "network"; readonly code: string | undefined }
  /** An answer of success that holds something else. */
  | { readonly kind: "answer"; readonly problem: string }
  | { readonly kind: "timeout" }

/** SQLite's result codes, extended ones by their beginning. */
const bySqlite = new Map<string, Code>(
  Object.entries({
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
  } satisfies Record<string, Code>),
)

const byStatus = new Map<number, Code>([
  [400, "source-busy"],
  [401, "unauthorized"],
  [402, "forbidden"],
  [403, "forbidden"],
  [404, "invalid-config"],
  [405, "invalid-config"],
  [408, "timeout"],
  [413, "unsupported"],
  [429, "rate-limited"],
  [502, "unreachable"],
  [504, "timeout"],
  [520, "unreachable"],
  [521, "unreachable"],
  [522, "unreachable"],
  [523, "unreachable"],
  [524, "timeout"],
  [525, "tls-failed"],
  [526, "tls-failed"],
  [530, "unreachable"],
])

const urlHint = "Check url: it must be that of a StarbaseDB or of this project's Worker, without /query."
const rulesHint = "If the instance has row level security or an allowlist on, use its admin token."
const hints = new Map<Code, string>([
  ["unauthorized", "Check the secret that token names: it must hold the client or the admin token of the instance."],
  ["forbidden", rulesHint],
  ["invalid-config", urlHint],
])

/** Errors of the network, by errno, in words. */
const networkErrors = new Map<string, string>(
  Object.entries({
    EAI_AGAIN: "its name could not be looked up now",
    ECONNREFUSED: "nothing accepts connections there",
    ECONNRESET: "the connection was reset",
    EHOSTUNREACH: "there is no way to the host",
    ENETUNREACH: "there is no way to the network",
    ENOTFOUND: "its name is not known",
    EPIPE: "the connection was closed",
    ETIMEDOUT: "it did not answer",
    UND_ERR_CONNECT_TIMEOUT: "it did not answer",
    UND_ERR_SOCKET: "the connection was closed",
  }),
)

/** What OpenSSL calls a certificate that it does not accept, and Node an encryption that fails. */
const tlsError =
  /^(?:ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED|EPROTO$)/

const ofSqlite = (code: string): Code => {
  const [base = ""] = /^SQLITE_[A-Z]+/.exec(code) ?? []
  return bySqlite.get(base) ?? "unsupported"
}

const ofStatus = (status: number): Code => {
  const code = byStatus.get(status)
  if (code !== undefined) return code
  if (status >= 300 && status < 400) return "invalid-config"
  return status >= 500 ? "source-busy" : "unknown"
}

/**
 * Classifies what came in place of rows, by SQLite's code, by HTTP status and by errno, never by a message. Only
 * SQLite's messages pass, which name tables and columns, and never the token.
 */
export const toConnectorError = (failure: Failure, label: string, token: string): ConnectorError => {
  switch (failure.kind) {
    case "network": {
      const { code } = failure
      if (code !== undefined && tlsError.test(code)) {
        const message = `The encryption with ${label} failed: its certificate or protocol was not accepted (${code})`
        return new ConnectorError({ code: "tls-failed", message })
      }
      const why = code === undefined ? undefined : networkErrors.get(code)
      const message = `${label} could not be reached${why === undefined ? "" : `: ${why} (${code})`}`
      return new ConnectorError({ code: "unreachable", message })
    }
    case "timeout":
      return new ConnectorError({ code: "timeout", message: `${label} did not answer in time` })
    case "answer":
      return new ConnectorError({ code: "unreachable", message: `${label} ${failure.problem}`, hint: urlHint })
    case "status":
      return ofAnswer(failure, label, token)
  }
}

const ofAnswer = (
  { status, sqlite, message = "", retryAfter }: Failure & { readonly kind: "status" },
  label: string,
  token: string,
): ConnectorError => {
  const code = sqlite === undefined ? ofStatus(status) : ofSqlite(sqlite)
  const hint = hints.get(code) ?? (sqlite === undefined && status === 500 ? rulesHint : undefined)
  const redirected = status >= 300 && status < 400 ? ", a redirection that is not followed" : ""
  return new ConnectorError({
    code,
    message:
      sqlite === undefined ? `${label} answered ${status}${redirected}` : `${label}: ${message.replaceAll(token, "…")}`,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  })
}

/** The token was refused. */
export const refusedToken = (label: string): ConnectorError => {
  const hint = hints.get("unauthorized") ?? ""
  return new ConnectorError({ code: "unauthorized", message: `${label} refused the token`, hint })
}
