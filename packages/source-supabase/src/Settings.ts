import { DurationText, parseTableName, Secret, urlProblem } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** What the URL must be. */
export const urlIs = "the URL of the project, such as https://abcdefgh.supabase.co"

const url = Schema.NonEmptyString.check(Schema.makeFilter((text) => urlProblem(text, urlIs) ?? true))

/** A table that the key may read but whose columns the API does not tell it. */
export const DeclaredTable = Schema.Struct({
  columns: Schema.Record(Schema.NonEmptyString, Schema.NonEmptyString).annotate({
    description: 'The PostgreSQL type of each column, such as "bigint" or "timestamptz not null".',
  }),
  key: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString).check(Schema.isMinLength(1)).annotate({
      description: "The columns that tell rows apart.",
    }),
  ),
  view: Schema.optionalKey(Schema.Boolean.annotate({ description: "Whether it is a view.", default: false })),
}).check(
  Schema.makeFilter(({ columns, key = [] }) =>
    key.flatMap((name, index) =>
      Object.hasOwn(columns, name) ? [] : { path: ["key", index], issue: `no column "${name}" in columns` },
    ),
  ),
)
export type DeclaredTable = typeof DeclaredTable.Type

/** A source entry of type `supabase`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("supabase"),
  url: Schema.Union([url, Secret]).annotate({
    description: "The project's URL, such as https://abcdefgh.supabase.co, or the secret that holds it.",
  }),
  key: Secret.annotate({
    description:
      "The secret that holds an API key. A secret key (sb_secret_…) sees every row; a publishable one sees what row level security lets it see.",
  }),
  schema: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The schema of tables named without one.", default: "public" }),
  ),
  requestTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long the API may take for one answer.", default: "30 seconds" }),
  ),
  seesAllRows: Schema.optionalKey(
    Schema.Boolean.annotate({
      description:
        "Whether row level security hides nothing from the key, so that a row that it does not find is gone. Known of secret keys; true promises it of another.",
    }),
  ),
  tables: Schema.optionalKey(
    Schema.Record(Schema.NonEmptyString, DeclaredTable).annotate({
      description:
        "The columns and key of tables, by their names, for a key that may not read the API's description. What stands here holds before what the API says.",
    }),
  ),
}).check(
  Schema.makeFilter(({ tables = {} }) =>
    Object.keys(tables).flatMap((name) =>
      parseTableName(name) === undefined
        ? { path: ["tables", name], issue: "must be a name, or a schema and a name" }
        : [],
    ),
  ),
)
export type Settings = typeof Settings.Type
