import { DurationText, Secret } from "@starbase-replication/core/source"
import { DeclaredTypes, declaredTypesDescription } from "@starbase-replication/sqlite-values"
import * as Schema from "effect/Schema"
import { urlProblem } from "./internal/url.ts"

const url = Schema.NonEmptyString.check(Schema.makeFilter((text) => urlProblem(text) ?? true))

/** A source entry of type `libsql`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("libsql"),
  url: Schema.Union([url, Secret]).annotate({
    description: "The database's URL, such as libsql://shop-acme.turso.io, or the secret that holds it.",
  }),
  token: Schema.optionalKey(
    Secret.annotate({
      description:
        "The secret that holds a token of the database, which need only read. A server without tokens needs none.",
    }),
  ),
  types: Schema.optionalKey(DeclaredTypes.annotate({ description: declaredTypesDescription })),
  requestTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long the database may take for one answer.", default: "30 seconds" }),
  ),
})
export type Settings = typeof Settings.Type
