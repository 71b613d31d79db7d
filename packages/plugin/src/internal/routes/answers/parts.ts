import { codes, type Code } from "@starbase-replication/core/sink"
import * as Schema from "effect/Schema"

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
export const Time = Schema.String.annotate({ format: "date-time", description: "ISO 8601, in UTC" })
export const MaybeTime = Schema.NullOr(Time)
export const Texts = Schema.Array(Schema.String)

/** An error as the API, the status and the history show it. */
export const ErrorAnswer = Schema.Struct({
  code: Schema.Literals(Object.keys(codes) as Array<Code>),
  message: Schema.String,
  hint: Schema.String.annotate({ description: "What to do about it." }),
  retryable: Schema.Boolean.annotate({ description: "Whether it may go away without anybody's help." }),
  action: Schema.NullOr(Schema.Literals(["confirm", "refresh", "resume"])).annotate({
    description: "The table's operation to call for, once what the hint says is done; null where none helps.",
  }),
  source: Schema.optionalKey(Schema.String),
  table: Schema.optionalKey(Schema.String),
  column: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String),
}).annotate({ identifier: "Error" })

/** How changes of a table are found. */
export const Way = Schema.Struct({
  by: Schema.Literals([
    "snapshot",
    "cursor",
    "cursor and snapshot",
    "cursor and ranges",
    "ranges",
    "scan",
    "log",
    "whole",
  ]),
  why: Schema.String,
}).annotate({ identifier: "Way" })

export const TableName = Schema.Struct({ schema: Schema.optionalKey(Schema.String), name: Schema.String })
