import { Position } from "@starbase-replication/core/sink"
import * as Schema from "effect/Schema"
import { Count, Time, MaybeTime, Texts, ErrorAnswer, Way } from "./parts.ts"

const TableStatus = Schema.Struct({
  table: Schema.String.annotate({ description: "The replica table." }),
  source: Schema.String,
  sourceTable: Schema.String,
  mode: Schema.NullOr(Schema.Literals(["full", "incremental"])).annotate({
    description: "As in the config; null where the table has left it.",
  }),
  state: Schema.Literals([
    "pending",
    "running",
    "paused",
    "refused",
    "waiting",
    "failing",
    "loading",
    "catching-up",
    "ok",
  ]).annotate({
    description:
      "waiting: the guard has stopped rows from leaving until they are confirmed; failing: see error; loading: not complete for the first time; catching-up: complete as of syncedAt, and more that is newer remains to be read.",
  }),
  lagSeconds: Schema.NullOr(Schema.Finite).annotate({
    description: "Seconds since the moment up to which the replica holds everything; null before the first load.",
  }),
  syncedAt: MaybeTime,
  rows: Count.annotate({
    description:
      "In the replica. To count is a billed read a row: a table of 10000 rows or more that changes is counted again once the last count is a millisecond old for each of its rows.",
  }),
  rejects: Count,
  position: Schema.NullOr(Position),
  changes: Schema.NullOr(Way).annotate({
    description: "How its changes are found, and why so; null before the first pull.",
  }),
  heldBack: Schema.NullOr(Schema.Struct({ transaction: Schema.String, since: MaybeTime })).annotate({
    description:
      "The oldest transaction that was open at the source when it was last looked at: what was written since it began is read again at each pull.",
  }),
  running: Schema.Boolean,
  progress: Schema.NullOr(
    Schema.Struct({
      startedAt: MaybeTime,
      phase: Schema.NullOr(Schema.Literals(["pull", "deletes", "verify", "swap"])).annotate({
        description:
          "Reading rows, looking for rows that are gone, comparing all values, or putting a replica that was built anew in place.",
      }),
      read: Schema.NullOr(Count),
      pages: Schema.NullOr(Count),
      written: Count,
      deleted: Count,
    }),
  ).annotate({ description: "The run under way; what is null in it, only the isolate that runs it knows." }),
  estimatedRows: Schema.NullOr(Count).annotate({
    description:
      "About how many rows the load under way has to read, by the source's own statistics; null where it has none, where only some rows are wanted, and where nothing is loaded.",
  }),
  paused: Schema.Boolean,
  more: Schema.Boolean,
  rebuilding: Schema.Boolean.annotate({
    description: "Whether the replica is being built anew beside the one that readers see.",
  }),
  drift: Schema.NullOr(Schema.Struct({ at: MaybeTime, changes: Texts })).annotate({
    description:
      "The last change of columns or key that was met; of a frozen table the columns that it goes on without, with at null where that is not stored.",
  }),
  guard: Schema.NullOr(
    Schema.Struct({
      by: Schema.Literals(["reconcile", "swap", "repair", "marked", "gone"]).annotate({
        description:
          "What would take the rows: a comparison of keys, a replica that was built anew, the repair of a verification, or marks of deletion.",
      }),
      rows: Count.annotate({ description: "The replica's rows." }),
      suspects: Count.annotate({
        description: "Rows that would leave it, at least; of rows marked as deleted, those that have left already.",
      }),
      confirmed: Schema.Boolean.annotate({ description: "Whether they may leave; the next run then goes on." }),
    }),
  ).annotate({ description: "What the guard has stopped." }),
  lastRunAt: MaybeTime,
  lookedAt: MaybeTime.annotate({
    description:
      "When the source was last looked at by a run that read the table to its end. A run that finds nothing is stored once a minute at most; later ones are known where the database itself runs what is due, or the isolate that answers has run them.",
  }),
  lastSuccessAt: MaybeTime,
  nextRunAt: MaybeTime.annotate({ description: "When it is due by itself; null where it waits for an operator." }),
  error: Schema.NullOr(ErrorAnswer),
  errorSince: MaybeTime,
  failures: Count.annotate({ description: "Failed runs in a row." }),
  reconciledAt: MaybeTime.annotate({ description: "When the last search for deleted rows was complete." }),
  verifying: Schema.Boolean,
  verifiedAt: MaybeTime.annotate({ description: "When source and replica were last compared and found equal." }),
  differences: Count,
}).annotate({ identifier: "TableStatus" })

const LogStatus = Schema.Struct({
  slot: Schema.NullOr(Schema.String).annotate({
    description:
      "What the source keeps its log in for this replica; null where it keeps it for nobody, and as long as it likes (MySQL, MariaDB).",
  }),
  position: Schema.String.annotate({ description: "All changes up to it are in the replica." }),
  syncedAt: MaybeTime,
  torn: Schema.Boolean.annotate({
    description: "Whether readers may see a part of a transaction that is too large to be applied in one step.",
  }),
  heldBytes: Schema.NullOr(Count).annotate({
    description: "What the source keeps of its log for this replica; null where it keeps it for nobody.",
  }),
  safeBytes: Schema.NullOr(Schema.Finite).annotate({
    description: "How much more it keeps before it throws that away; null where it has no limit.",
  }),
  keeping: Schema.NullOr(Schema.String).annotate({ description: "The source's own word for it, such as wal_status." }),
  holds: Schema.NullOr(Schema.String).annotate({
    description: "What keeps the source from letting go of what was read.",
  }),
  level: Schema.Literals(["ok", "warning", "alarm"]),
  notedAt: MaybeTime,
  hint: Schema.NullOr(Schema.String).annotate({ description: "What to do about it." }),
}).annotate({ identifier: "LogStatus" })

const SourceStatus = Schema.Struct({
  source: Schema.String,
  type: Schema.NullOr(Schema.String).annotate({ description: "null where the config does not name it any more." }),
  circuit: Schema.Literals(["closed", "open", "half-open"]).annotate({
    description: "open: none of its tables is tried until retryAt; half-open: the next wake-up tries one.",
  }),
  failures: Count,
  retryAt: MaybeTime,
  error: Schema.NullOr(ErrorAnswer),
  errorSince: MaybeTime,
  log: Schema.NullOr(LogStatus).annotate({ description: "null where none was ever followed." }),
}).annotate({ identifier: "SourceStatus" })

const HubStatus = Schema.Struct({
  epoch: Schema.String.annotate({ description: "Another one says that the log was begun anew." }),
  seq: Count.annotate({ description: "All changes up to it are final." }),
  trimmed: Count.annotate({ description: "A replica that has not come so far is loaded anew." }),
  entries: Count,
  oldest: MaybeTime.annotate({
    description: "From when on the log is there at least; null where that is not known yet.",
  }),
  tables: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      to: Schema.Literals(["all", "tenants", "nobody"]).annotate({ description: "Who gets its rows, by the config." }),
      column: Schema.NullOr(Schema.String).annotate({ description: "The column that says whose a row is." }),
      fed: Schema.Boolean.annotate({
        description: "Whether its changes are logged, and it can be replicated from here.",
      }),
      why: Schema.NullOr(Schema.String).annotate({ description: "Why it is not." }),
    }),
  ),
}).annotate({ identifier: "HubStatus" })

/** Where everything stands. */
export const Status = Schema.Struct({
  tables: Schema.Array(TableStatus),
  sources: Schema.Array(SourceStatus),
  hub: Schema.NullOr(HubStatus).annotate({
    description: "The log of changes by which others replicate from here; null where nobody does.",
  }),
  databaseBytes: Schema.NullOr(Count).annotate({
    description: "The size of the whole database, replicas and all else; null where the instance does not tell.",
  }),
  limitBytes: Count.annotate({ description: "How large the platform lets a database become." }),
  billed: Schema.Struct({
    day: Schema.String.annotate({ format: "date", description: "Today, in UTC." }),
    rowsRead: Count,
    rowsWritten: Count,
  }).annotate({
    description:
      "The rows that this project's own statements were billed for today, as far as they are known: at least so many.",
  }),
  at: Time.annotate({ description: "When all this was so." }),
  version: Schema.String.annotate({ description: "Of the plugin." }),
  config: Schema.Union([Schema.Literal("ok"), ErrorAnswer]),
}).annotate({ identifier: "Status" })
