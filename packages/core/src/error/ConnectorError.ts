import * as Schema from "effect/Schema"
import { type Action, type Code, codes } from "./codes.ts"
import { isRetryable } from "./Policy.ts"

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
    return isRetryable(this.code)
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
      action: codes[code].action,
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
  /** The operation that an operator is to call for, once what the hint says is done; null where none helps. */
  readonly action: Action | null
  readonly source?: string
  readonly table?: string
  readonly column?: string
  readonly key?: string
}
