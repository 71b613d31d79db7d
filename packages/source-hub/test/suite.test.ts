import { sourceSuite, type TypeCase, without } from "@starbase-replication/connector-testing"
import * as Redacted from "effect/Redacted"
import { layer, type Settings } from "../src/index.ts"
import { startHub } from "./support/server.ts"

const open = (url: string, token: string, more: Partial<Settings> = {}) =>
  layer({ type: "hub", url, token: { secret: "TOKEN" }, ...more }, () => Redacted.make(token))

const texts = ["", " ", "NULL", "it's", 'say "it"', "\u{1F600}", "007", "1e5"]
const doubles = [
  "0.1",
  "0.30000000000000004",
  "1",
  "-1.7976931348623157e+308",
  "2.2250738585072014e-308",
  "5e-324",
  "123456789.12345679",
  "4611686018427388000",
  "1e+21",
  "NaN",
  "Infinity",
  "-Infinity",
]

/** Every type that a replica has of a column. */
const types: ReadonlyArray<TypeCase> = [
  ["integer", "integer", ["-9223372036854775808", "-9007199254740993", "0", "9007199254740993", "9223372036854775807"]],
  ["unsigned", "unsigned", ["0", "9007199254740993", "9223372036854775807", "18446744073709551615"]],
  ["real", "real", doubles, without("a hub gives nobody a table with a key of doubles")],
  ["boolean", "boolean", ["0", "1"]],
  ["blob", "blob", ["", "00", "00ff", "deadbeef"]],
  ["decimal", "decimal", ["0", "-1.10", "99999999999999999999.5", "NaN"]],
  ["json", "json", ['{"a": 1.0}', "[]", "null"]],
  ["date", "date", ["2024-02-29", "infinity"]],
  ["time", "time", ["23:59:59.999999"]],
  ["timestamp", "timestamp", ["2024-01-01T00:00:00.123456", "0044-03-15 BC"]],
  ["timestamptz", "timestamptz", ["2024-01-01T00:00:00.123456Z", "-infinity"]],
  ["text", "text", texts],
]

sourceSuite("a hub", async (atEnd) => {
  const [hub, slow] = await Promise.all([startHub(), startHub()])
  atEnd(hub.stop)
  atEnd(slow.stop)
  await slow.tables.create({ name: "slow", columns: [{ name: "id", type: "integer" }], key: ["id"] })
  slow.slowBy = 10_000
  const { url, token } = hub
  return {
    source: open(url.href, token),
    tables: hub.tables,
    secrets: [token],
    types,
    network: {
      host: url.hostname,
      port: Number(url.port),
      connections: "shared",
      open: ({ host, port, timeoutMillis }) =>
        open(
          `http://${host}:${port}`,
          token,
          timeoutMillis === undefined ? {} : { requestTimeout: `${timeoutMillis} millis` },
        ),
    },
    wrongPassword: open(url.href, "wrong"),
    wrongDatabase: without("an instance has one database"),
    misconfigured: [
      open(`http://user:${encodeURIComponent(token)}@127.0.0.1/`, token),
      open(url.href, `${token}\nmore`),
    ],
    forbid: without("what a token may not have, the hub does not show"),
    slow: { table: { name: "slow" }, source: open(slow.url.href, token, { requestTimeout: "200 millis" }) },
    begin: without("SQLite in a Durable Object runs one transaction after the other"),
    refuses: { key: (declared) => declared === "real" },
  }
})
