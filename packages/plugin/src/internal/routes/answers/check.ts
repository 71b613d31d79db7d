import * as Schema from "effect/Schema"
import { Texts, ErrorAnswer, Way, TableName } from "./parts.ts"

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
      replicas: Schema.optionalKey(
        Schema.Struct({
          to: Schema.Union([Schema.Literals(["all", "none"]), Schema.Struct({ column: Schema.String })]).annotate({
            description: "As in the config.",
          }),
          why: Schema.NullOr(Schema.String).annotate({
            description: "Why it is nobody although the config says otherwise.",
          }),
        }),
      ).annotate({ description: "Who gets its rows of those that replicate from here." }),
      ddl: Schema.optionalKey(Schema.String).annotate({
        description: "The statement that would make the replica table.",
      }),
    }).annotate({ identifier: "CheckResult" }),
  ),
}).annotate({ identifier: "Check" })
