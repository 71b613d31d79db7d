import { addressCheck, addressFields, type AddressForm } from "@starbase-replication/sql-source"
import { DurationText } from "@starbase-replication/core/source"
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
  log: Schema.optionalKey(
    Schema.Struct({
      every: Schema.optionalKey(
        DurationText.annotate({
          description: "How long from the beginning of one read of the log to that of the next, 1 second at least.",
          default: "5 seconds",
        }),
      ),
      serverId: Schema.optionalKey(
        Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4_294_967_295 })).annotate({
          description:
            "The number by which the server knows this reader of its log: none of its replicas, and no other reader, may have the same. Without it, each read takes a number above 2147483648 at random.",
        }),
      ),
    }).annotate({ description: "Follows the tables by the server's binlog in place of looking for changes." }),
  ),
}).check(addressCheck(addressForm))
export type Settings = typeof Settings.Type
