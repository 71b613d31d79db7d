import { MaskEntry } from "@starbase-replication/core/config"
import { codes, type Code, Position } from "@starbase-replication/core/sink"
import * as Schema from "effect/Schema"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Schema.String.annotate({ format: "date-time", description: "ISO 8601, in UTC" })
const MaybeTime = Schema.NullOr(Time)
const Texts = Schema.Array(Schema.String)

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

const Way = Schema.Struct({
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
  slot: Schema.String,
  position: Schema.String.annotate({ description: "All changes up to it are in the replica." }),
  syncedAt: MaybeTime,
  torn: Schema.Boolean.annotate({
    description: "Whether readers may see a part of a transaction that is too large to be applied in one step.",
  }),
  heldBytes: Schema.NullOr(Count).annotate({ description: "What the source keeps of its log for this replica." }),
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

/** Where everything stands. */
export const Status = Schema.Struct({
  tables: Schema.Array(TableStatus),
  sources: Schema.Array(SourceStatus),
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

const TableName = Schema.Struct({ schema: Schema.optionalKey(Schema.String), name: Schema.String })

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

/** What a run would meet. */
export const Checked = Schema.Struct({
  tables: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      source: Schema.String,
      error: Schema.optionalKey(ErrorAnswer),
      sourceTable: Schema.optionalKey(Schema.String),
      kind: Schema.optionalKey(Schema.Literals(["table", "view"])),
      key: Schema.optionalKey(Texts),
      cursor: Schema.optionalKey(Schema.String),
      changes: Schema.optionalKey(Way).annotate({ description: "How its changes are found, and why so." }),
      columns: Schema.optionalKey(
        Schema.Array(
          Schema.Struct({
            name: Schema.String,
            type: Schema.String,
            sourceType: Schema.String,
            into: Schema.optionalKey(Schema.String).annotate({ description: "Its name in the replica." }),
            mask: Schema.optionalKey(Schema.Literals(["hmac", "keep", "year", "redact", "null"])).annotate({
              description: "What the replica holds in place of its values.",
            }),
          }),
        ),
      ),
      unmasked: Schema.optionalKey(Texts).annotate({
        description: "Columns that look as if they held personal data, and of which the config says nothing.",
      }),
      indexes: Schema.optionalKey(
        Schema.Struct({
          made: Texts,
          left: Schema.Array(Schema.Struct({ name: Schema.String, why: Schema.String })),
        }),
      ).annotate({
        description:
          "The columns of each index that the replica would have, and the source's that it would not, with why.",
      }),
      relations: Schema.optionalKey(
        Schema.Array(
          Schema.Struct({
            name: Schema.String,
            columns: Texts,
            references: Schema.Struct({ table: TableName, columns: Texts }),
          }),
        ),
      ).annotate({ description: "Foreign keys that the source declares. The replica enforces none." }),
      notices: Schema.optionalKey(Texts).annotate({
        description:
          "What was written for the source and has no effect, what is known of who keeps its server, and what speaks against the cursor.",
      }),
      ddl: Schema.optionalKey(Schema.String).annotate({
        description: "The statement that would make the replica table.",
      }),
    }).annotate({ identifier: "CheckResult" }),
  ),
}).annotate({ identifier: "Check" })

const Limit = Schema.NullOr(Count).annotate({ description: "null where there is none." })

const Masks = Schema.Record(Schema.String, MaskEntry)

/** The config as it holds. */
export const EffectiveConfig = Schema.Struct({
  sources: Schema.Record(Schema.String, Schema.String).annotate({ description: "The type of each source." }),
  tables: Schema.Array(
    Schema.Struct({
      path: Schema.String.annotate({ description: "Where the entry stands in the document." }),
      source: Schema.String,
      table: Schema.optionalKey(TableName),
      into: Schema.optionalKey(Schema.String),
      schema: Schema.optionalKey(Schema.String),
      except: Schema.optionalKey(Schema.Array(TableName)),
      cursor: Schema.optionalKey(Schema.String),
      overlap: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite])),
      key: Schema.optionalKey(Texts),
      columns: Schema.optionalKey(Texts),
      rename: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      mask: Schema.optionalKey(Masks),
      as: Schema.optionalKey(Schema.Record(Schema.String, Schema.Literals(["integer", "real", "text", "sortable"]))),
      indexes: Schema.optionalKey(Schema.Union([Schema.Literal("copy"), Schema.Array(Texts)])),
      where: Schema.Array(
        Schema.Struct({
          column: Schema.String,
          op: Schema.String,
          value: Schema.optionalKey(Schema.String),
          values: Schema.optionalKey(Texts),
        }),
      ),
      deletes: Schema.Struct({
        kind: Schema.Literals(["ignore", "soft", "reconcile"]),
        column: Schema.optionalKey(Schema.String),
        every: Schema.optionalKey(Schema.Finite),
      }),
      verify: Schema.optionalKey(Schema.Finite),
      mode: Schema.Literals(["incremental", "full"]),
      drift: Schema.Literals(["follow", "freeze", "fail"]),
      batchSize: Count,
      schedule: Schema.Union([Schema.Struct({ cron: Schema.String }), Schema.Struct({ everyMs: Schema.Finite })]),
      adopt: Schema.Boolean,
      changes: Schema.NullOr(Way).annotate({
        description: "How its changes were found by the last pull, and why so; null before the first one, and for a *.",
      }),
    }).annotate({ identifier: "TableConfig" }),
  ),
  mask: Schema.NullOr(Schema.Record(Schema.String, Masks)).annotate({
    description: "Masks for all tables of a source, by table.column.",
  }),
  limits: Schema.Record(
    Schema.String,
    Schema.Struct({ concurrency: Count, queriesPerSecond: Schema.optionalKey(Schema.Finite) }),
  ),
  budget: Schema.Struct({ millis: Limit, rows: Limit, bytes: Limit, queries: Limit }),
  freshness: Schema.NullOr(Schema.Struct({ deadline: Schema.Finite })),
  log: Schema.Literals(["json", "off"]),
  logs: Schema.Record(Schema.String, Schema.Struct({ everyMs: Schema.Finite })).annotate({
    description: "How often the change log of each source is read that has one.",
  }),
}).annotate({ identifier: "EffectiveConfig" })

/** A request that failed as a whole. */
export const Failure = Schema.Struct({ error: ErrorAnswer }).annotate({ identifier: "Failure" })

/** An operation that has nothing to tell but whose table it was. */
export const Reset = Schema.Struct({ reset: Schema.String })
export const Confirmed = Schema.Struct({ confirmed: Schema.String })
export const Paused = Schema.Struct({ paused: Schema.String })
export const Dropped = Schema.Struct({
  dropped: Schema.String.annotate({ description: "The slot that was dropped." }),
})
export const Resumed = Schema.Struct({ resumed: Schema.String })
