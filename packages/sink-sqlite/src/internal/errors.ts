import * as Schema from "effect/Schema"
import { type Code, codes, ConnectorError, type ErrorDescription } from "@starbase-replication/core/sink"

/** A batch that SQLite refused for what is in it: the rows at fault can be found and set aside. */
export interface DataFault {
  readonly _tag: "DataFault"
  readonly reason: string
}

const code = (message: string): string | undefined => /\bSQLITE_[A-Z]+/.exec(message)?.[0]

const faultOfData = new Set(["SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_TOOBIG"])

/**
 * What a failed statement means. The storage gives its errors as text alone, but the text ends in SQLite's own code,
 * and a lost lease is raised with a text of this package.
 */
export const toSinkError = (cause: unknown): ConnectorError | DataFault => {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (message.includes(leaseLost)) {
    return new ConnectorError({ code: "lease-lost", message: "Another run has taken this table." })
  }
  const found = code(message)
  if (found !== undefined && faultOfData.has(found))
    return { _tag: "DataFault", reason: message.split(": SQLITE_")[0] ?? message }
  if (found === "SQLITE_FULL") {
    return new ConnectorError({ code: "storage-full", message: "The replica's database is full." })
  }
  return new ConnectorError({ code: "storage", message: `The replica's database failed: ${message}` })
}

/** What the sink raises, inside SQLite, where a run no longer holds its table. */
export const leaseLost = "tmp_replication: lease-lost"

/** An `ErrorDescription` as the state tables keep it. */
export const StoredError = Schema.Struct({
  code: Schema.Literals(Object.keys(codes) as Array<Code>),
  message: Schema.String,
  hint: Schema.String,
  retryable: Schema.Boolean,
  action: Schema.optionalKey(Schema.NullOr(Schema.Literals(["confirm", "refresh", "resume"]))),
  source: Schema.optionalKey(Schema.String),
  table: Schema.optionalKey(Schema.String),
  column: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
})

/** A stored error, or one that stands for it where its code is none of this release. */
export const toDescription = (stored: typeof StoredError.Type | undefined): ErrorDescription => {
  if (stored !== undefined) return { ...stored, action: stored.action ?? codes[stored.code].action }
  return new ConnectorError({ code: "unknown", message: "Another release has noted an error of its own." }).describe()
}
