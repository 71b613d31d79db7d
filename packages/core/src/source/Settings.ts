import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

/** A secret by its name; the secret itself never stands in a document. */
export const Secret = Schema.Struct({ secret: Schema.NonEmptyString }).annotate({
  identifier: "Secret",
  message: 'must be { "secret": "NAME" }: secrets are named, never inline',
  description: "The name under which the deployment keeps the secret (an environment variable or Worker secret).",
})

/** A duration in words: `30 seconds`, `5 minutes`, `1 hour`. */
export const DurationText = Schema.String.check(
  Schema.makeFilter(
    (text) => Duration.fromInput(text as Duration.Input)._tag === "Some" || 'must be a duration such as "30 seconds"',
    // JSON Schema cannot say it, but keeps what is said of it.
    { toJsonSchema: () => [{}, true] },
  ),
).annotate({ examples: ["30 seconds", "5 minutes"] })

/** The milliseconds of a {@link DurationText} that was decoded. */
export const toMillis = (text: string): number => Duration.toMillis(Duration.fromInputUnsafe(text as Duration.Input))
