import { DurationText, Secret, urlProblem } from "@starbase-replication/core/source"
import { DeclaredTypes, declaredTypesDescription } from "@starbase-replication/sqlite-values"
import * as Schema from "effect/Schema"

/** What the URL must be. */
export const urlIs = "the URL of the instance, such as https://hub.example.workers.dev"

const url = Schema.NonEmptyString.check(Schema.makeFilter((text) => urlProblem(text, urlIs) ?? true))

/** A source entry of type `starbase`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("starbase"),
  url: Schema.Union([url, Secret]).annotate({
    description: "The instance's URL, such as https://hub.example.workers.dev, or the secret that holds it.",
  }),
  token: Secret.annotate({
    description:
      "The secret that holds a token of the instance. This project's Worker lets the client token read and nothing else; StarbaseDB with row level security or an allowlist needs the admin token.",
  }),
  seesAllRows: Schema.optionalKey(
    Schema.Boolean.annotate({
      description:
        "Promises that row level security hides nothing from the token, so that a row that it does not find is gone. Only asked for where a StarbaseDB has policies.",
    }),
  ),
  types: Schema.optionalKey(DeclaredTypes.annotate({ description: declaredTypesDescription })),
  requestTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long the instance may take for one answer.", default: "30 seconds" }),
  ),
})
export type Settings = typeof Settings.Type
