import { DatabaseSync } from "node:sqlite"
import { sourceSuite, sqliteDialect, sqlTables, without } from "@starbase-replication/connector-testing"
import { sqliteSource } from "./support/sqlite.ts"

sourceSuite("a source made of a dialect, a catalog and a way to ask", async (atEnd) => {
  const database = new DatabaseSync(":memory:")
  atEnd(async () => database.close())
  return {
    source: sqliteSource(database),
    tables: sqlTables(sqliteDialect, { schema: "main", execute: async (sql) => database.exec(sql) }),
    secrets: ["no secret is there"],
    types: [
      ["INTEGER", "integer", ["-9223372036854775808", "9223372036854775807"]],
      ["TEXT", "text", ["", "a", "ü"]],
      ["BLOB", "blob", [[{ expression: "x'00ff'" }, "00ff"]]],
    ],
    network: without("it runs in this process"),
    wrongPassword: without("it has no users"),
    wrongDatabase: without("it has one database"),
    forbid: without("it has no users"),
    slow: without("it has no timeouts"),
    begin: without("it does not tell which transactions are in flight"),
  }
})
