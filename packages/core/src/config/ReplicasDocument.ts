import * as Schema from "effect/Schema"
import { DurationText } from "../source/Settings.ts"

/** Who gets a replica table's rows, as it is written. */
const FanEntry = Schema.Union([
  Schema.Literals(["all", "none"]),
  Schema.Struct({ column: Schema.NonEmptyString.annotate({ description: "A column of the replica table." }) }),
]).annotate({
  description: "Who gets a table: all of it everybody, nobody, or each row the tenant whose name the column has.",
})

/** Who replicates from here, and what of it, as it is written. */
export const Replicas = Schema.Struct({
  by: Schema.optionalKey(
    Schema.Struct({
      column: Schema.NonEmptyString.annotate({
        description:
          "The column of each replica table that has the tenant's name. A table without it is given to nobody.",
      }),
    }).annotate({ description: "That each tenant gets the rows of its own, and no others." }),
  ),
  tables: Schema.optionalKey(
    Schema.Record(Schema.String, FanEntry).annotate({
      description: "What holds for some replica tables in place of by, by their names here.",
      examples: [{ plans: "all", orders: { column: "account_id" }, internal: "none" }],
    }),
  ),
  regions: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "The places that have a replica of all tables, by Cloudflare's names of them.",
      examples: [["weur", "enam", "apac"]],
    }),
  ),
  staleness: Schema.optionalKey(
    DurationText.annotate({
      description:
        "How old a replica's rows may be when it is read without the header that says so: it asks its hub first where they are older.",
      default: "5 seconds",
    }),
  ),
  keep: Schema.optionalKey(
    Schema.Struct({
      age: Schema.optionalKey(DurationText.annotate({ description: "For how long.", default: "1 day" })),
      entries: Schema.optionalKey(
        Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "How many changes.", default: 100_000 }),
      ),
    }).annotate({
      description: "What is kept of the log of changes. A replica that has missed more is loaded anew, by itself.",
    }),
  ),
}).annotate({
  description:
    "Lets others replicate from here: a replica near each region, or a small one for each tenant. The source is pulled once, however many there are.",
})
