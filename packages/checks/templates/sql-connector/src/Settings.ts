import { addressCheck, addressFields, type AddressForm } from "@starbase-replication/sql-source"
import * as Schema from "effect/Schema"

/** How the addresses of {{name}}'s servers are written. */
export const addressForm: AddressForm = {
  name: "{{name}}",
  protocols: ["{{name}}"],
  port: 5432,
  tlsParameter: "sslmode",
  tlsValues: { disable: "disable", prefer: "prefer", require: "require", verify: "verify" },
  verifyMode: "verify-full",
  needsDatabase: true,
  database: "The database to read.",
}

/** A source entry of type `{{name}}`: either `url`, or `host`, `user` and `database`, with a `password`. */
export const Settings = Schema.Struct({
  type: Schema.Literal("{{name}}"),
  ...addressFields(addressForm),
}).check(addressCheck(addressForm))
export type Settings = typeof Settings.Type
