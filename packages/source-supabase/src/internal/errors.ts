import { type Code, ConnectorError } from "@starbase-replication/core"
import { codeOfSqlState } from "@starbase-replication/postgres-values"

/** What came in place of the rows that were asked for. */
export type Failure =
  /** An answer that reports an error; `code` and `message` where it has PostgREST's form. */
  | {
      readonly kind: "status"
      readonly status: number
      readonly code: string | undefined
      readonly message: string | undefined
      /** Milliseconds that the answer asks to wait. */
      readonly retryAfter: number | undefined
    }
  /** No answer, or half of one; `code` is the errno, where the runtime tells. */
  | { readonly kind: "network"; readonly code: string | undefined }
  /** An answer of success that holds something else. */
  | { readonly kind: "answer"; readonly problem: string }
  | { readonly kind: "timeout" }

/** PostgREST's own codes, and SQLSTATEs that only an API meets, whole or their group, to code. */
const byCode = new Map<string, Code>(
  Object.entries({
    PGRST000: "source-busy",
    PGRST001: "source-busy",
    PGRST002: "source-busy",
    PGRST003: "rate-limited",
    PGRST1: "unsupported",
    PGRST106: "table-missing",
    PGRST125: "table-missing",
    PGRST126: "forbidden",
    PGRST2: "unsupported",
    PGRST204: "column-missing",
    PGRST205: "table-missing",
    PGRST3: "unauthorized",
    PGRSTX: "source-busy",
    "0L": "forbidden",
    "0P": "unauthorized",
    "42P17": "unsupported",
    P0: "unsupported",
    XX: "source-busy",
  } satisfies Record<string, Code>),
)

/** The status of an answer without such a code: it is of a gateway before PostgREST. */
const byStatus = new Map<number, Code>([
  [401, "unauthorized"],
  [402, "forbidden"],
  [403, "forbidden"],
  [404, "invalid-config"],
  [405, "invalid-config"],
  [406, "unsupported"],
  [408, "timeout"],
  [413, "unsupported"],
  [414, "unsupported"],
  [429, "rate-limited"],
  [431, "unsupported"],
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
  [540, "unreachable"],
  [544, "timeout"],
])

const urlHint = "Check url: it must be the project's, such as https://abcdefgh.supabase.co."

const hints = new Map<string | number, string>([
  ["PGRST106", "Add the schema to the exposed schemas in the project's API settings."],
  ["PGRST205", "Check the name; a table that was just made needs NOTIFY pgrst, 'reload schema'."],
  [
    "42501",
    "Grant USAGE on the schema and SELECT on the table to the key's role: service_role for a secret key, anon for a publishable one.",
  ],
  ["42P17", "A row level security policy of the table refers to itself; mend it, or use a secret key."],
  [402, "The project is restricted; look at its usage and billing."],
  [414, "Name fewer columns in columns, or a shorter key in key."],
  [431, "Name fewer columns in columns, or a shorter key in key."],
  [540, "The project is paused; restore it."],
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

/** PostgREST's codes by the whole, then by their group; SQLSTATEs by the whole, then by their class. */
const ofCode = (code: string): Code | undefined =>
  byCode.get(code) ?? byCode.get(code.startsWith("PGRST") ? code.slice(0, 6) : code.slice(0, 2)) ?? codeOfSqlState(code)

const ofStatus = (status: number): Code => {
  const code = byStatus.get(status)
  if (code !== undefined) return code
  if (status >= 300 && status < 400) return "invalid-config"
  return status >= 500 ? "source-busy" : "unknown"
}

/** Whether a code is of PostgREST or of PostgreSQL, whose messages name tables, columns and values and never a key. */
const isKnown = (code: string | undefined): code is string =>
  code !== undefined && /^(?:PGRST[\dX]\d\d|[\dA-Z]{5})$/.test(code)

/**
 * Classifies what came in place of rows, by PostgREST's code, by SQLSTATE, by HTTP status and by errno, never by a
 * message. Only the messages of PostgREST and PostgreSQL pass, and never the key.
 */
export const toConnectorError = (failure: Failure, label: string, key: string): ConnectorError => {
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
      return ofAnswer(failure, label, key)
  }
}

const ofAnswer = (
  { status, code, message, retryAfter }: Failure & { readonly kind: "status" },
  label: string,
  key: string,
): ConnectorError => {
  const wait = retryAfter === undefined ? {} : { retryAfter }
  const said = message?.replaceAll(key, "…")
  if (isKnown(code)) {
    const found = ofCode(code) ?? ofStatus(status)
    const hint = hints.get(code) ?? (found === "invalid-config" ? "Check the values in the table's where." : undefined)
    return new ConnectorError({
      code: found,
      message: `${label}: ${said ?? "no message"} (${code})`,
      ...(hint === undefined ? {} : { hint }),
      ...wait,
    })
  }
  const found = ofStatus(status)
  const hint = hints.get(status) ?? (found === "invalid-config" ? urlHint : undefined)
  return new ConnectorError({
    code: found,
    message: `${label} answered ${status}${status >= 300 && status < 400 ? ", a redirection that is not followed" : ""}`,
    ...(hint === undefined ? {} : { hint }),
    ...wait,
  })
}
