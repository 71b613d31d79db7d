import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DurationText, Secret } from "../source/Settings.ts"
import { Replicas } from "./ReplicasDocument.ts"

/** A field that may be left out, and what holds without it, which its annotation tells the JSON Schema. */
const withDefault = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

/** A literal of a condition. */
export const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** A condition that rows must meet. */
export const Where = Schema.Union([
  Schema.Struct({
    column: Schema.NonEmptyString.annotate({ description: "A column of the source's table." }),
    op: Schema.Literals(["eq", "neq", "lt", "lte", "gt", "gte"]).annotate({ description: "How to compare." }),
    value: Scalar.annotate({ description: "What to compare with; a list of it with in." }),
  }),
  Schema.Struct({
    column: Schema.NonEmptyString,
    op: Schema.Literal("in"),
    value: Schema.Array(Scalar).check(Schema.isMinLength(1)),
  }),
  Schema.Struct({ column: Schema.NonEmptyString, op: Schema.Literals(["isNull", "isNotNull"]) }),
])

/** What the replica holds in place of a column's values. */
export const MaskEntry = Schema.Union([
  Schema.Struct({ hmac: Secret }).annotate({
    description:
      "A token that is the same for the same value and the same secret of at least 32 characters, so that joins and counts work.",
  }),
  Schema.Struct({ keep: Schema.Struct({ last: Schema.Int.check(Schema.isGreaterThan(0)) }) }).annotate({
    description: "**** and the last characters, never more than half of them.",
  }),
  Schema.Struct({ year: Schema.Literal(true) }).annotate({ description: "The year of a date or time, as an integer." }),
  Schema.Literals(["redact", "null", "none"]).annotate({
    description: "The word redacted, or NULL, in each row; none leaves the column as it is.",
  }),
]).annotate({ identifier: "Mask" })

const scheduleFields = {
  every: Schema.optionalKey(
    DurationText.annotate({
      description: "How long from the beginning of one run to that of the next, 1 second at least.",
      default: "1 minute",
    }),
  ),
  cron: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "When to run, as a cron expression, in place of every.",
      examples: ["0 4 * * *"],
    }),
  ),
  timeZone: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The time zone of cron, by its IANA name.", default: "UTC" }),
  ),
}

/** One entry of `tables` as it is written. */
export const TableEntry = Schema.Struct({
  source: Schema.NonEmptyString.annotate({ description: "The name of a source in `sources`." }),
  table: Schema.NonEmptyString.annotate({
    description:
      'The table at the source: `orders`, `public.orders`, `public."odd name"`, or `public.*` for all of a schema.',
  }),
  into: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "The name of the replica table, where it is not to have the source's.",
    }),
  ),
  cursor: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description:
        "A column that grows with every insert and update, such as `updated_at`. PostgreSQL tells without one which rows were written since, and MySQL which ranges of keys differ; of other sources it saves reading all rows at each pull.",
    }),
  ),
  overlap: Schema.optionalKey(
    Schema.Union([DurationText, Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))]).annotate({
      description:
        "How far behind the last cursor value each run begins, for rows that were committed late: a duration where the cursor is a time, a number of values where it is an integer or a decimal.",
    }),
  ),
  key: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString)
      .check(Schema.isMinLength(1))
      .annotate({ description: "The columns that tell rows apart, where the source declares no key (views)." }),
  ),
  whole: Schema.optionalKey(
    Schema.Struct({
      rows: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
      bytes: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
    }).annotate({
      description:
        "How large a table without a key may be: it is read whole, and built anew whenever something changed. 50000 rows and 10000000 bytes without it.",
    }),
  ),
  columns: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString)
      .check(Schema.isMinLength(1))
      .annotate({
        description:
          "The columns to replicate, by their names at the source; all without it. A `*` in an entry stands for any text, and a `-` before one leaves columns out: the last entry that a column meets counts.",
        examples: [
          ["id", "name"],
          ["*", "-blob_*"],
        ],
      }),
  ),
  rename: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.NonEmptyString).annotate({
      description:
        "What columns are called in the replica, by their names at the source, which everything else here goes by. Another name builds the replica anew.",
      examples: [{ createdAt: "created_at" }],
    }),
  ),
  mask: Schema.optionalKey(
    Schema.Record(Schema.String, MaskEntry).annotate({
      description:
        "Columns whose values never enter the replica, by their names at the source or by patterns with *, and what it holds in their place. The last entry that a column meets counts, after those of its source.",
      examples: [{ email: { hmac: { secret: "MASK_KEY" } }, "*_name": "redact", born: { year: true } }],
    }),
  ),
  as: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Literals(["integer", "real", "text", "sortable"])).annotate({
      description:
        "The SQLite type of a column where the default is not wanted; a value that does not fit is set aside. sortable keeps every digit of a number and adds a column, called like it with _sort behind, which is in the order of the numbers.",
    }),
  ),
  indexes: Schema.optionalKey(
    Schema.Union([
      Schema.Literal("copy"),
      Schema.Array(Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1))),
    ]).annotate({
      description:
        'Indexes of the replica: "copy" for the plain ones that the source has, or a list of columns for each, by their names at the source. They are made after the first load, and an empty list drops them. Each written row is billed once more for each.',
      examples: ["copy", [["customer_id", "created_at"]]],
    }),
  ),
  where: withDefault(
    Schema.Array(Where).annotate({ description: "Conditions that rows must meet, each of them." }),
    [],
  ),
  except: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).annotate({ description: "Tables that a `*` leaves out." }),
  ),
  deletes: withDefault(
    Schema.Union([
      Schema.Literal("ignore"),
      Schema.Struct({ softDelete: Schema.NonEmptyString }),
      Schema.Struct({ reconcile: DurationText }),
    ]).annotate({
      description:
        'How rows that are gone at the source leave the replica: "ignore", a column that marks them, or how often the keys are compared.',
      default: { reconcile: "1 hour" },
    }),
    { reconcile: "1 hour" },
  ),
  verify: Schema.optionalKey(
    DurationText.annotate({
      description: "How often source and replica are compared value by value; only on demand without it.",
    }),
  ),
  mode: withDefault(
    Schema.Literals(["incremental", "full"]).annotate({
      description: "full builds the replica anew beside the old one at every run, and swaps it in once it is complete.",
      default: "incremental",
    }),
    "incremental",
  ),
  drift: withDefault(
    Schema.Literals(["follow", "freeze", "fail"]).annotate({
      description:
        "What a change of the table's columns or key at the source does: follow builds the replica anew, freeze keeps to the columns it has, fail waits for an operator.",
      default: "follow",
    }),
    "follow",
  ),
  batchSize: withDefault(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })).annotate({
      description: "At most so many rows in a page.",
      default: 5000,
    }),
    5000,
  ),
  ...scheduleFields,
  adopt: withDefault(
    Schema.Boolean.annotate({
      description: "Take over a table of your own that has the replica's name.",
      default: false,
    }),
    false,
  ),
})

/** The replication document as it is written. */
export const ReplicationDocument = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String.annotate({ description: "Where an editor finds this schema." })),
  sources: Schema.Record(Schema.String, Schema.Unknown),
  tables: Schema.Array(TableEntry)
    .check(Schema.isMinLength(1))
    .annotate({ description: "What to replicate, an entry for each table, or for all tables of a schema." }),
  defaults: Schema.optionalKey(Schema.Struct(scheduleFields)).annotate({
    description: "What holds for tables that say nothing else.",
  }),
  mask: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Record(Schema.String, MaskEntry)).annotate({
      description:
        "Masks for all tables of a source, by its name in sources and by table.column, in which * stands for any text.",
      examples: [{ shop: { "*.email": { hmac: { secret: "MASK_KEY" } }, "customers.*_name": "redact" } }],
    }),
  ),
  limits: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.Struct({
        concurrency: Schema.optionalKey(
          Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16 })).annotate({
            description: "So many tables of the source are pulled side by side, each over its own connection.",
            default: 1,
          }),
        ),
        queriesPerSecond: Schema.optionalKey(
          Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ description: "More queries than that wait." }),
        ),
      }),
    ).annotate({ description: "What each source, by its name in sources, may be asked at most." }),
  ),
  budget: Schema.optionalKey(
    Schema.Struct({
      time: Schema.optionalKey(DurationText.annotate({ description: "How long it reads.", default: "20 seconds" })),
      rows: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "Rows read." })),
      bytes: Schema.optionalKey(
        Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "Bytes of the values read." }),
      ),
      queries: Schema.optionalKey(
        Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "Queries that sources are asked." }),
      ),
    }).annotate({
      description: "What one wake-up may use before it leaves the rest to the next.",
    }),
  ),
  freshness: Schema.optionalKey(
    Schema.Struct({
      deadline: Schema.optionalKey(
        DurationText.annotate({
          description: "How long a query is kept waiting for fresh rows at most.",
          default: "2 seconds",
        }),
      ),
    }).annotate({
      description:
        "Lets a query ask for fresh rows by the header X-Replication-Max-Staleness: the tables that it reads are pulled first where they are staler.",
    }),
  ),
  replicas: Schema.optionalKey(Replicas),
  log: Schema.optionalKey(
    Schema.Literals(["json", "off"]).annotate({
      description: "Whether runs that did something and changes of state are logged, each as a line of JSON.",
      default: "json",
    }),
  ),
}).annotate({ identifier: "ReplicationDocument", title: "starbase-replication document" })
