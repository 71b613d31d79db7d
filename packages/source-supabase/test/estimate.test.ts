import { describeOne } from "@starbase-replication/connector-testing"
import { Source } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Servers, startServers } from "./support/servers.ts"
import { withSource } from "./support/source.ts"

let servers: Servers
beforeAll(async () => {
  servers = await startServers(`
    CREATE TABLE t (id int PRIMARY KEY);
    INSERT INTO t SELECT generate_series(1, 4000);
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO service_role;
    ANALYZE t`)
})
afterAll(() => servers?.stop())

it("tells about how many rows a table has where the API plans the request, and nothing where it does not", async () => {
  const told = new Map<string, number | undefined>()
  for (const [name, access] of servers.both) {
    const asked = Effect.gen(function* () {
      const { estimate } = yield* Source
      if (estimate === undefined) return expect.unreachable()
      return yield* estimate(yield* describeOne("public", "t"))
    })
    told.set(name, await Effect.runPromise(withSource(access, asked)))
  }
  expect(told.get("PostgREST")).toBe(4000)
  expect([undefined, 4000]).toContain(told.get("lite"))
})
