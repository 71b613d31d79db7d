import { addressCheck, addressFields, type AddressForm } from "@starbase-replication/sql-source"
import * as Schema from "effect/Schema"

/** How the addresses of PostgreSQL's servers are written. */
export const addressForm: AddressForm = {
  name: "PostgreSQL",
  protocols: ["postgres", "postgresql"],
  port: 5432,
  tlsParameter: "sslmode",
  tlsValues: {
    disable: "disable",
    allow: "prefer",
    prefer: "prefer",
    require: "require",
    "verify-ca": "verify",
    "verify-full": "verify",
  },
  verifyMode: "verify-full",
  needsDatabase: false,
  database: "The user's name without it.",
}

/** A source entry of type `postgres`: either `url`, or `host`, `user` and `database`, with a `password`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("postgres"),
  ...addressFields(addressForm),
  schema: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "The schema of tables named without one.", default: "public" }),
  ),
  rowSecurity: Schema.optionalKey(
    Schema.Literals(["refuse", "accept"]).annotate({
      description:
        "Whether tables may be read of which row level security hides rows from the user; refuse makes it an error.",
      default: "refuse",
    }),
  ),
}).check(addressCheck(addressForm))
export type Settings = typeof Settings.Type
