import { MaskEntry } from "@starbase-replication/core/config"
import * as Schema from "effect/Schema"
import { Count, Texts, Way, TableName } from "./parts.ts"

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
