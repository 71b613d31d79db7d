import * as Schema from "effect/Schema"
import { Count, Time, ErrorAnswer } from "./parts.ts"

/** The last runs. */
export const History = Schema.Struct({
  runs: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      startedAt: Time,
      endedAt: Time,
      read: Count,
      written: Count,
      deleted: Count,
      rejected: Count,
      pages: Count,
      more: Schema.Boolean,
      error: Schema.optionalKey(ErrorAnswer),
    }).annotate({ identifier: "HistoryEntry" }),
  ),
  events: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      at: Time,
      event: Schema.Literals(["pause", "resume", "confirm", "reset", "refresh", "verify", "repair"]),
    }).annotate({ identifier: "OperatorEvent" }),
  ).annotate({ description: "What operators did, the newest first; as many as runs at most." }),
}).annotate({ identifier: "History" })

const StoredKey = Schema.Array(Schema.NullOr(Schema.String)).annotate({
  description: "The values of the key, in canonical text.",
})

/** The rows that were set aside. */
export const Rejects = Schema.Struct({
  rejects: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      key: StoredKey,
      column: Schema.NullOr(Schema.String),
      reason: Schema.String,
      at: Time,
    }).annotate({ identifier: "Reject" }),
  ),
}).annotate({ identifier: "Rejects" })

/** The rows that differed in the last verification. */
export const Differences = Schema.Struct({
  differences: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      key: StoredKey,
      kind: Schema.Literals(["missing", "differs", "extra"]),
    }).annotate({ identifier: "Difference" }),
  ),
}).annotate({ identifier: "Differences" })
