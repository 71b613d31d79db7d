import { createHash } from "node:crypto"
import { ConnectorError, type Gtids, type Row } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"

/** The settings of a server that its log depends on, by their names. */
const asked = [
  "version",
  "log_bin",
  "binlog_format",
  "binlog_row_image",
  "binlog_row_value_options",
  "binlog_transaction_compression",
  "log_slave_updates",
  "log_replica_updates",
  "gtid_mode",
  "gtid_slave_pos",
  "server_id",
  "server_uuid",
  "hostname",
  "port",
  "wsrep_on",
  "wsrep_gtid_mode",
]

export const settingsStatement = `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${asked.map((name) => `'${name}'`).join(", ")})`

/** What a server is, as far as its log goes. */
export interface ServerSettings {
  readonly kind: Gtids["kind"]
  readonly version: string
  /** What tells the server from others. */
  readonly server: string
  /** In what course of events its transactions have their ids. */
  readonly history: string
}

/** Fails with what must be set where the log does not tell all, or does not tell it in rows. */
export const readSettings = (rows: ReadonlyArray<Row>): Effect.Effect<ServerSettings, ConnectorError> => {
  const settings = new Map(rows.map(([name, value]) => [name?.toLowerCase(), value ?? ""]))
  const isMariadb = settings.get("version")?.includes("MariaDB") === true
  const is = (name: string, ...values: ReadonlyArray<string>) => {
    const value = settings.get(name)
    return value === undefined || values.includes(value.toUpperCase())
  }
  const isOn = (name: string) => ["ON", "1"].includes(settings.get(name)?.toUpperCase() ?? "")
  const persist = (name: string, value: string) =>
    isMariadb
      ? `Run SET GLOBAL ${name} = '${value}'; and write ${name} = ${value} into the server's configuration.`
      : `Run SET PERSIST ${name} = '${value}';`
  const reconnect = " Sessions that are open keep what they have: have the application connect anew."
  if (!is("log_bin", "ON", "1")) {
    return unusable(
      "log_bin is off",
      `Write log_bin and binlog_format = ROW into the server's configuration and restart it${isMariadb ? "" : ", with gtid_mode = ON and enforce_gtid_consistency = ON"}; a host has a switch for it, or turns it on with backups.`,
    )
  }
  if (!is("binlog_format", "ROW")) {
    return unusable(
      `binlog_format is ${settings.get("binlog_format")}, and must be ROW`,
      persist("binlog_format", "ROW") + reconnect,
    )
  }
  if (!is("binlog_row_image", "FULL")) {
    return unusable(
      `binlog_row_image is ${settings.get("binlog_row_image")}, and must be FULL`,
      persist("binlog_row_image", "FULL") + reconnect,
    )
  }
  if (!is("binlog_row_value_options", "")) {
    return unusable(
      `binlog_row_value_options is ${settings.get("binlog_row_value_options")}, by which JSON is told in part`,
      persist("binlog_row_value_options", "") + reconnect,
    )
  }
  if (!is("binlog_transaction_compression", "OFF", "0")) {
    return unusable(
      "binlog_transaction_compression is on, whose form is not read here",
      persist("binlog_transaction_compression", "OFF") + reconnect,
    )
  }
  if (!isMariadb && settings.get("gtid_mode")?.toUpperCase() !== "ON") {
    return unusable(
      `gtid_mode is ${settings.get("gtid_mode") ?? "not known"}, and must be ON`,
      "Set enforce_gtid_consistency = ON, and gtid_mode in its steps: OFF_PERMISSIVE, ON_PERMISSIVE, ON.",
    )
  }
  const passesOn = settings.get("log_replica_updates") ?? settings.get("log_slave_updates")
  const isReplica = !isMariadb || (settings.get("gtid_slave_pos") ?? "") !== "" || isOn("wsrep_on")
  if (isReplica && passesOn !== undefined && !["ON", "1"].includes(passesOn.toUpperCase())) {
    const name = isMariadb ? "log_slave_updates" : "log_replica_updates"
    return unusable(
      `${name} is off, so that what this server replicates from another one is not in its log`,
      `Write ${name} = ON into the server's configuration and restart it, or read the other server.`,
    )
  }
  const names = isMariadb ? ["server_id", "hostname", "port"] : ["server_uuid"]
  const server = createHash("sha256")
    .update(names.map((name) => settings.get(name) ?? "").join(" "))
    .digest("hex")
    .slice(0, 8)
  // The nodes of such a cluster give the same transactions different ids.
  const isAlone = isOn("wsrep_on") && !isOn("wsrep_gtid_mode")
  const kind = isMariadb ? "mariadb" : "mysql"
  return Effect.succeed({
    kind,
    version: settings.get("version") ?? "",
    server,
    history: isAlone ? `${kind} ${server}` : kind,
  })
}

export const unusable = (message: string, hint: string) =>
  Effect.fail(new ConnectorError({ code: "log-unusable", message: `The change log cannot be read: ${message}.`, hint }))
