import {
  answeredWith,
  type Code,
  codeOfStatus,
  codes,
  ConnectorError,
  type NoAnswer,
  toNoAnswerError,
} from "@starbase-replication/core/source"
import { codeOfSqlState } from "@starbase-replication/postgres-values"
import type { Target } from "./target.ts"

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
  | NoAnswer

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

/** What a gateway says of the whole project, and Supabase's beyond the common statuses. */
const byStatus = new Map<number, Code>([
  [402, "unreachable"],
  [404, "unreachable"],
  [405, "unreachable"],
  [540, "unreachable"],
  [544, "timeout"],
])

/**
 * The code of an answer without a code of PostgREST's or PostgreSQL's: a gateway before them gave it, and says nothing of
 * the table. It may be gone with the next request, so that nothing but a refused key or certificate waits for a person.
 */
const ofStatus = (status: number): Code => {
  if (status < 400) return "unreachable"
  const code = byStatus.get(status) ?? codeOfStatus(status)
  const { leadsTo, scope } = codes[code]
  return code !== "unknown" && (leadsTo === "retry" || scope === "source") ? code : "source-busy"
}

export const declareHint =
  "Use a secret key (sb_secret_…), or declare the columns and key of each table in the source's tables."

export const urlHint = "Check url: it must be the project's, such as https://abcdefgh.supabase.co."

const hints = new Map<string | number, string>([
  ["PGRST106", "Add the schema to the exposed schemas in the project's API settings."],
  ["PGRST205", "Check the name; a table that was just made needs NOTIFY pgrst, 'reload schema'."],
  [
    "42501",
    "Grant USAGE on the schema and SELECT on the table to the key's role: service_role for a secret key, anon for a publishable one.",
  ],
  ["42P17", "A row level security policy of the table refers to itself; mend it, or use a secret key."],
  [402, "The project is restricted; look at its usage and billing."],
  [404, urlHint],
  [405, urlHint],
  [403, "Something before the API refused the request; where it goes on, look at the project's network restrictions."],
  [414, "Name fewer columns in columns, or a shorter key in key."],
  [431, "Name fewer columns in columns, or a shorter key in key."],
  [540, "The project is paused; restore it."],
])

/** PostgREST's codes by the whole, then by their group; SQLSTATEs by the whole, then by their class. */
const ofCode = (code: string): Code | undefined =>
  byCode.get(code) ?? byCode.get(code.startsWith("PGRST") ? code.slice(0, 6) : code.slice(0, 2)) ?? codeOfSqlState(code)

/** Whether a code is of PostgREST or of PostgreSQL, whose messages name tables, columns and values and never a key. */
const isKnown = (code: string | undefined): code is string =>
  code !== undefined && /^(?:PGRST[\dX]\d\d|[\dA-Z]{5})$/.test(code)

/**
 * Classifies what came in place of rows, by PostgREST's code, by SQLSTATE, by HTTP status and by errno, never by a
 * message. Only the messages of PostgREST and PostgreSQL pass, and never the key.
 */
export const toConnectorError = (failure: Failure, label: string, key: string): ConnectorError =>
  failure.kind === "status" ? ofAnswer(failure, label, key) : toNoAnswerError(failure, label, urlHint)

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
  const hint = hints.get(status) ?? (status < 400 ? urlHint : undefined)
  return new ConnectorError({
    code: found,
    message: answeredWith(status, label),
    ...(hint === undefined ? {} : { hint }),
    ...wait,
  })
}

/**
 * The error of a description that did not come. A key that may read tables may all the same not read their description;
 * where only a gateway says so, it is asked again, as whatever is unauthorized.
 */
export const toDescriptionError = (failure: Failure, { label, seesAllRows }: Target, key: string): ConnectorError => {
  const error = toConnectorError(failure, label, key)
  const isRefused = failure.kind === "status" && (failure.status === 401 || failure.status === 403) && !seesAllRows
  if (error.code !== "forbidden" && !isRefused) return error
  return new ConnectorError({
    code: error.code === "forbidden" ? "forbidden" : "unauthorized",
    message: `${label} does not tell this key the columns of its tables`,
    hint: declareHint,
  })
}
