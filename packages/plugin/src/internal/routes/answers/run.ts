import * as Schema from "effect/Schema"
import { Count, ErrorAnswer } from "./parts.ts"

const Value = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))

/** What a run of one table did. */
const RunResult = Schema.Struct({
  table: Schema.String.annotate({ description: "The replica table." }),
  read: Count,
  written: Count.annotate({ description: "Rows inserted, or updated because a value differed." }),
  unchanged: Count,
  deleted: Count,
  rejected: Count.annotate({ description: "Rows set aside because the replica cannot hold them." }),
  pages: Count,
  more: Schema.Boolean.annotate({ description: "True where the budget ran out before the end: come again." }),
  durationMs: Schema.Finite,
  error: Schema.optionalKey(ErrorAnswer),
  verification: Schema.optionalKey(
    Schema.Struct({
      complete: Schema.Boolean,
      checked: Count.annotate({ description: "Rows of the source that were compared." }),
      repaired: Count,
      settled: Count.annotate({
        description: "Rows that differed at first, and no longer did after another pull.",
      }),
      differing: Count,
      keys: Schema.Array(
        Schema.Struct({ key: Schema.Array(Value), kind: Schema.Literals(["missing", "differs", "extra"]) }),
      ).annotate({ description: "Of the rows that differ at most 1000." }),
    }),
  ),
}).annotate({ identifier: "RunResult" })

/** The result of a run. */
export const Run = Schema.Struct({ tables: Schema.Array(RunResult) }).annotate({ identifier: "Run" })
