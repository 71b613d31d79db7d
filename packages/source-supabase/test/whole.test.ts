import { describeOne } from "@starbase-replication/connector-testing"
import { type ConnectorError, Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"
import { access, withSource } from "./support/source.ts"

let servers: Servers
beforeAll(async () => {
  servers = await startServers(
    `CREATE TABLE log (what text); INSERT INTO log SELECT 'x' FROM generate_series(1, 9);
    GRANT SELECT ON log TO service_role, anon`,
    { maxRows: 5 },
  )
})
afterAll(() => servers?.stop())

const read = (server: Servers["both"][number][1], rows = 100) =>
  Effect.runPromise(
    withSource(
      server,
      Effect.gen(function* () {
        const { readWhole } = yield* Source
        const table = yield* describeOne("public", "log")
        const asked = { table, columns: table.columns, where: [], hashed: false, pageRows: 100, pageBytes: 1e6 }
        const begun = readWhole?.({ ...asked, most: { rows, bytes: 1e6 } }) ?? Effect.die("it reads no table whole")
        const page = Effect.scoped(Effect.flatMap(begun, ({ next }) => next))
        return yield* Effect.match(page, {
          onFailure: ({ code, message, hint }: ConnectorError) => ({ code, message, hint }),
          onSuccess: (found) => found?.length,
        })
      }),
    ),
  )

it("an answer that the API has cut short is refused, with what to raise and the statement for a key", async () => {
  for (const [, server] of servers.both) {
    expect(await read(server)).toMatchObject({
      code: "too-large",
      message: expect.stringContaining("comes with 5 rows at once, of which the API says that there are 9"),
      hint: expect.stringMatching(/\(ALTER TABLE "public"\."log" ADD COLUMN "id" .*\), or raise the API's max rows\.$/),
    })
    expect(await read(server, 4)).toBe(5)
  }
  await servers.database.query("DELETE FROM log WHERE ctid IN (SELECT ctid FROM log LIMIT 4)")
  for (const [, server] of servers.both) expect(await read(server)).toBe(5)
})

it("a key that may not see all rows reads no whole table", async () => {
  const bound = access(servers.lite.url, servers.lite.secretKey, { seesAllRows: false })
  expect(await read(bound)).toMatchObject({ code: "forbidden" })
})
