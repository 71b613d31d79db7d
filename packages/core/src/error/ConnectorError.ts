import * as Schema from "effect/Schema"

/**
 * What may go wrong, by code. `retryable` says whether the same run may succeed later without anyone's help;
 * `hint` is what the person who must act should do, where the connector knows nothing better.
 */
export const codes = {
  /** The source could not be reached: name unknown, connection refused, reset or cut. */
  unreachable: {
    scope: "source",
    retryable: true,
    hint: "Check that the source is up and reachable from here, its host and its port.",
  },
  /** The source took longer than its timeout. */
  timeout: {
    scope: "table",
    retryable: true,
    hint: "Add an index on the cursor and key columns, lower batchSize, or raise the timeout.",
  },
  /** The source asked for a pause, or has no connection to spare. */
  "rate-limited": {
    scope: "source",
    retryable: true,
    hint: "It is tried again by itself; lower the rate if it keeps happening.",
  },
  /** The source gave up a statement for its own reasons (restart, deadlock, conflict, out of memory). */
  "source-busy": {
    scope: "table",
    retryable: true,
    hint: "It is tried again by itself; look at the source's log if it keeps happening.",
  },
  /** User, password or key refused. */
  unauthorized: {
    scope: "source",
    retryable: false,
    hint: "Check the user and the secret that the source's config names.",
  },
  /** Logged in, but not allowed to read. */
  forbidden: {
    scope: "table",
    retryable: false,
    hint: "Grant USAGE on the schema and SELECT on the table to the replication user.",
  },
  /** Encryption could not be agreed on, or the certificate was refused. */
  "tls-failed": { scope: "source", retryable: false, hint: "Check the source's tls setting and its certificate." },
  /** The database, schema or table is not there, or not visible to this user. */
  "table-missing": {
    scope: "table",
    retryable: false,
    hint: "Check the name, and that the replication user may see it.",
  },
  /** A named column is not there. */
  "column-missing": { scope: "table", retryable: false, hint: "Check the column's name in the config." },
  /** The config is wrong; the message lists every problem with its path. */
  "invalid-config": { scope: "table", retryable: false, hint: "Mend the paths named in the message." },
  /** The table cannot be replicated as configured; the message says why. */
  unsupported: { scope: "table", retryable: false, hint: "See the message for what to change." },
  /** A table that a wildcard stands for cannot be replicated as it is. It is left out, and nobody has asked for it. */
  refused: { scope: "table", retryable: false, hint: "Name the table in the config, or leave it out with except." },
  /** The table's columns or key changed at the source since the replica table was made. */
  "schema-changed": {
    scope: "table",
    retryable: false,
    hint: "POST /replicate/:table/refresh to build the replica anew.",
  },
  /** The key does not tell rows apart: two rows of the source have the same. */
  "key-not-unique": { scope: "table", retryable: false, hint: "Name columns in key that are unique together." },
  /** More rows would be deleted than the guard allows. */
  "delete-guard": {
    scope: "table",
    retryable: false,
    hint: "If they are really gone at the source, POST /replicate/:table/confirm; the next run then deletes them.",
  },
  /** A run of this table is under way. */
  busy: { scope: "table", retryable: true, hint: "Wait for the run that holds the table to end." },
  /** The run lost its lease to another and may write no more. */
  "lease-lost": { scope: "table", retryable: true, hint: "Another run took over; nothing is lost." },
  /** A table of that name exists in the replica that this project did not make. */
  "table-not-ours": {
    scope: "table",
    retryable: false,
    hint: "Choose another `into`, or set adopt: true to take the table over.",
  },
  /** The replica's storage refused the write: full, or over a limit of the platform. */
  "storage-full": {
    scope: "table",
    retryable: false,
    hint: "Free space in the replica or select fewer columns and rows.",
  },
  /** The replica's storage failed otherwise. */
  storage: { scope: "table", retryable: true, hint: "It is tried again by itself." },
  /** The replica's storage holds the state of another release, in a form that this one does not know. */
  "store-unknown": {
    scope: "table",
    retryable: false,
    hint: "Deploy the release that it is from again, or a newer one.",
  },
  /** Anything that a connector could not classify. */
  unknown: { scope: "table", retryable: true, hint: "See the message; please report it if it keeps happening." },
} as const

/** The code of a failure; see {@link codes} for what each means. */
export type Code = keyof typeof codes

/**
 * The one error of sources and sinks. `message` says what happened in words for the person who must act and holds no
 * secret; `source`, `table`, `column` and `key` say to what.
 */
export class ConnectorError extends Schema.TaggedError<ConnectorError>()("ConnectorError", {
  code: Schema.Literals(Object.keys(codes) as Array<Code>),
  message: Schema.String,
  hint: Schema.optionalKey(Schema.String),
  source: Schema.optionalKey(Schema.String),
  table: Schema.optionalKey(Schema.String),
  column: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
  /** Milliseconds that the source asked to wait before the next try. */
  retryAfter: Schema.optionalKey(Schema.Number),
}) {
  /** Whether the same run may succeed later without anyone's help. */
  get isRetryable(): boolean {
    return codes[this.code].retryable
  }

  /** The error with what the caller knows about where it happened, where it does not say so itself. */
  at(where: { readonly source?: string; readonly table?: string }): ConnectorError {
    // An error's own message is not enumerable, so that the spread leaves it out.
    return new ConnectorError({ ...where, ...this, message: this.message })
  }

  /** The error as the HTTP API and the history show it. */
  describe(): ErrorDescription {
    const { code, message, source, table, column, key } = this
    return {
      code,
      message,
      hint: this.hint ?? codes[code].hint,
      retryable: this.isRetryable,
      ...(source === undefined ? {} : { source }),
      ...(table === undefined ? {} : { table }),
      ...(column === undefined ? {} : { column }),
      ...(key === undefined ? {} : { key }),
    }
  }
}

/** A {@link ConnectorError} in JSON. */
export interface ErrorDescription {
  readonly code: Code
  readonly message: string
  readonly hint: string
  readonly retryable: boolean
  readonly source?: string
  readonly table?: string
  readonly column?: string
  readonly key?: string
}
