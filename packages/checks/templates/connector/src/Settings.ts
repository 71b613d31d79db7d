import { DurationText, Secret } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/** A source entry of type `{{name}}`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("{{name}}"),
  url: Secret.annotate({ description: "The secret that holds where to connect, and as whom." }),
  timeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long one answer may take; 30 seconds without it." }),
  ),
})
export type Settings = typeof Settings.Type
