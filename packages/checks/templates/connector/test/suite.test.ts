import { sourceSuite, without } from "@starbase-replication/connector-testing"
import * as Redacted from "effect/Redacted"
import { it } from "vitest"
import { layer, type Settings } from "../src/index.ts"
import { startServer } from "./support/server.ts"

it("has a server to read", () => {
  throw new Error("not written yet: startServer in test/support/server.ts; delete this test with it")
})

sourceSuite("{{name}}", async (atEnd) => {
  const server = await startServer()
  atEnd(server.stop)

  const open = (more: Partial<Settings> = {}, url = server.url) =>
    layer({ type: "{{name}}", url: { secret: "URL" }, ...more }, () => Redacted.make(url))
  return {
    source: open(),
    tables: server.tables,
    secrets: [server.password],
    types: [["bigint", "integer", ["-9223372036854775808", "9223372036854775807"]]],
    network: without("not written yet: network in test/suite.test.ts"),
    wrongPassword: without("not written yet: wrongPassword in test/suite.test.ts"),
    wrongDatabase: without("not written yet: wrongDatabase in test/suite.test.ts"),
    forbid: without("not written yet: forbid in test/suite.test.ts"),
    slow: without("not written yet: slow in test/suite.test.ts"),
    begin: without("it does not tell which transactions are in flight"),
  }
})
