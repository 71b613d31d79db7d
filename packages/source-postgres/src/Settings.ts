import { DurationText, Secret } from "@starbase-replication/core/source"
import * as Schema from "effect/Schema"

/**
 * How the connection is encrypted:
 *
 * - `disable`: not at all.
 * - `prefer`: where the server offers it, without a look at its certificate.
 * - `require`: always, without a look at its certificate.
 * - `verify`: always, and the certificate must be of a public authority and of the right name.
 * - `{ ca }`: always, and the certificate must be of this authority (PEM) and of the right name.
 *
 * Workers always verify against the public authorities, whatever is set, and know no other: there, a server with a
 * certificate of its own is reached through Hyperdrive.
 */
export const Tls = Schema.Union([
  Schema.Literals(["disable", "prefer", "require", "verify"]),
  Schema.Struct({ ca: Schema.NonEmptyString }),
])
export type Tls = typeof Tls.Type

const hostFields = ["host", "port", "user", "database", "password"] as const

/** A source entry of type `postgres`: either `url`, or `host`, `user` and `database`, with a `password`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("postgres"),
  url: Schema.optionalKey(
    Secret.annotate({
      description: "The secret that holds postgres://user:password@host:5432/database?sslmode=require.",
    }),
  ),
  host: Schema.optionalKey(Schema.NonEmptyString),
  port: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })).annotate({ description: "5432 without it." }),
  ),
  user: Schema.optionalKey(Schema.NonEmptyString),
  database: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "The user's name without it." })),
  password: Schema.optionalKey(Secret),
  tls: Schema.optionalKey(
    Tls.annotate({
      description:
        "Without it the url's sslmode holds; without either, disable for this machine and Hyperdrive, else require.",
    }),
  ),
  schema: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The schema of tables named without one; public without it." }),
  ),
  statementTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long the server may take for one page; 30 seconds without it." }),
  ),
  connectTimeout: Schema.optionalKey(
    DurationText.annotate({ description: "How long it may take to connect; 10 seconds without it." }),
  ),
}).check(
  Schema.makeFilter((settings) => {
    if (settings.url !== undefined) {
      return hostFields
        .filter((field) => settings[field] !== undefined)
        .map((field) => ({ path: [field], issue: "does not go with url" }))
    }
    if (hostFields.every((field) => settings[field] === undefined)) return { path: ["url"], issue: "is missing" }
    return (["host", "user"] as const)
      .filter((field) => settings[field] === undefined)
      .map((field) => ({ path: [field], issue: "is missing" }))
  }),
)
export type Settings = typeof Settings.Type
