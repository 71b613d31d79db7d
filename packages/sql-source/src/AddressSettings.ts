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
 * Workers verify against the public authorities, whatever is set but `disable`, and know no other: `{ ca }` is refused
 * there, and a server with a certificate of its own is reached through Hyperdrive.
 */
export const Tls = Schema.Union([
  Schema.Literals(["disable", "prefer", "require", "verify"]),
  Schema.Struct({ ca: Schema.NonEmptyString }),
])
export type Tls = typeof Tls.Type

/** How the addresses of a kind of server are written. */
export interface AddressForm {
  /** What to call it in messages. */
  readonly name: string
  readonly protocols: readonly [usual: string, ...others: ReadonlyArray<string>]
  readonly port: number
  /** The URL's parameter that says how to encrypt, and what its values mean. */
  readonly tlsParameter: string
  readonly tlsValues: Readonly<Record<string, Tls>>
  /** What Hyperdrive calls the verification of a certificate and its name. */
  readonly verifyMode: string
  /** Whether a database must be named; else it has the user's name. */
  readonly needsDatabase: boolean
  /** What the database of the settings is. */
  readonly database: string
}

/** The fields of a source entry that say where and how to connect; {@link addressCheck} belongs to them. */
export const addressFields = ({ protocols: [protocol], port, tlsParameter, tlsValues, database }: AddressForm) => {
  const example = Object.entries(tlsValues).find(([, tls]) => tls === "require")?.[0] ?? ""
  return {
    url: Schema.optionalKey(
      Secret.annotate({
        description: `The secret that holds ${protocol}://user:password@host:${port}/database?${tlsParameter}=${example}.`,
      }),
    ),
    host: Schema.optionalKey(
      Schema.NonEmptyString.annotate({ description: "In place of url, with user, database and password." }),
    ),
    port: Schema.optionalKey(
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })).annotate({
        description: "Where it listens.",
        default: port,
      }),
    ),
    user: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "Who logs in." })),
    database: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: database })),
    password: Schema.optionalKey(Secret.annotate({ description: "The secret that holds the password." })),
    tls: Schema.optionalKey(
      Tls.annotate({
        description: `Without it the url's ${tlsParameter} holds; without either, disable for this machine and Hyperdrive, else require.`,
      }),
    ),
    statementTimeout: Schema.optionalKey(
      DurationText.annotate({ description: "How long the server may take for one page.", default: "30 seconds" }),
    ),
    connectTimeout: Schema.optionalKey(
      DurationText.annotate({ description: "How long it may take to connect.", default: "10 seconds" }),
    ),
  }
}

/** What {@link addressFields} decode. */
export interface AddressSettings {
  readonly url?: typeof Secret.Type
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly database?: string
  readonly password?: typeof Secret.Type
  readonly tls?: Tls
  readonly statementTimeout?: string
  readonly connectTimeout?: string
}

const hostFields = ["host", "port", "user", "database", "password"] as const

/** Whether the settings name either a `url` or all that one would hold. */
export const addressCheck = ({ needsDatabase }: AddressForm) =>
  Schema.makeFilter((settings: AddressSettings) => {
    if (settings.url !== undefined) {
      return hostFields
        .filter((field) => settings[field] !== undefined)
        .map((field) => ({ path: [field], issue: "does not go with url" }))
    }
    if (hostFields.every((field) => settings[field] === undefined)) return { path: ["url"], issue: "is missing" }
    return (["host", "user", ...(needsDatabase ? (["database"] as const) : [])] as const)
      .filter((field) => settings[field] === undefined)
      .map((field) => ({ path: [field], issue: "is missing" }))
  })
