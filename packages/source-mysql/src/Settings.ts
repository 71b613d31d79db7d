import { addressCheck, addressFields, type AddressForm } from "@starbase-replication/sql-source"
import * as Schema from "effect/Schema"

/** How the addresses of MySQL's and MariaDB's servers are written. */
export const addressForm: AddressForm = {
  name: "MySQL",
  protocols: ["mysql", "mariadb"],
  port: 3306,
  tlsParameter: "ssl-mode",
  tlsValues: {
    disabled: "disable",
    preferred: "prefer",
    required: "require",
    verify_ca: "verify",
    verify_identity: "verify",
  },
  verifyMode: "VERIFY_IDENTITY",
  needsDatabase: true,
  database: "The database of tables named without one.",
}

/** A source entry of type `mysql`: either `url`, or `host`, `user` and `database`, with a `password`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("mysql"),
  ...addressFields(addressForm),
  tinyint1: Schema.optionalKey(
    Schema.Literals(["integer", "boolean"]).annotate({
      description: "What tinyint(1) is. As boolean, whatever is not 0 becomes 1.",
      default: "integer",
    }),
  ),
}).check(addressCheck(addressForm))
export type Settings = typeof Settings.Type
