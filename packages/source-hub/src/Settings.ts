import { DurationText, Secret, urlProblem } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** What the URL must be. */
export const urlIs = "the URL of the hub, such as https://hub.example.workers.dev"

const url = Schema.NonEmptyString.check(Schema.makeFilter((text) => urlProblem(text, urlIs) ?? true))

const common = {
  type: Schema.Literal("hub"),
  every: Schema.optionalKey(
    DurationText.annotate({
      description: "How often the hub is asked for changes, of all tables in one request; 1 second at least.",
      default: "5 seconds",
    }),
  ),
}

/** A source entry of type `hub`. */
export const Settings = Schema.Struct({
  ...common,
  url: Schema.Union([url, Secret]).annotate({
    description: "The hub's URL, such as https://hub.example.workers.dev, or the secret that holds it.",
  }),
  token: Secret.annotate({
    description:
      "The secret that holds a token of the hub: one of a tenant's own, or the admin token, which may read as anybody.",
  }),
  tenant: Schema.optionalKey(
    Schema.String.annotate({
      description: "Whose rows to replicate, where the token does not say so. All rows of all tables without it.",
    }),
  ),
  requestTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long the hub may take for one answer.", default: "30 seconds" }),
  ),
})
export type Settings = typeof Settings.Type

/** A source entry of type `hub` where the hub is called as a function, which knows who calls. */
export const CalledSettings = Schema.Struct(common)
export type CalledSettings = typeof CalledSettings.Type
