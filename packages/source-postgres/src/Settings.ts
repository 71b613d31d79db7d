import { addressCheck, addressFields, type AddressForm } from "@starbase-replication/sql-source"
import { DurationText } from "@starbase-replication/core/source"
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
  log: Schema.optionalKey(
    Schema.Struct({
      slot: Schema.NonEmptyString.check(
        Schema.isPattern(/^[a-z0-9_]{1,63}$/, { message: "must be lower-case letters, digits and _, at most 63" }),
      ).annotate({
        description: "The replication slot that keeps the log for this replica alone; it is made where it is missing.",
      }),
      publication: Schema.NonEmptyString.annotate({
        description: "The publication of the tables, which their owner makes.",
      }),
      every: Schema.optionalKey(
        DurationText.annotate({
          description: "How long from the beginning of one read of the log to that of the next, 1 second at least.",
          default: "5 seconds",
        }),
      ),
    }).annotate({ description: "Follows the tables by PostgreSQL's change log in place of looking for changes." }),
  ),
}).check(addressCheck(addressForm))
export type Settings = typeof Settings.Type
