import { decodeConfig } from "@starbase-replication/core/config"
import { replicate } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeClock } from "../../src/FakeClock.ts"
import { makeItems, type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

it("a clock that is set back stops neither the schedule nor reconciliations nor verifications, and no lease outlives it", async () => {
  const { server, proxy, url, object } = parts
  await makeItems(server, "reset", 10)
  const { execute } = object()
  const clock = makeClock(() => 0)
  const tick = () =>
    decodeConfig(
      {
        sources: { main: { type: "postgres", url: { secret: "URL" } } },
        tables: [
          { source: "main", table: "reset", every: "1 minute", deletes: { reconcile: "1 hour" }, verify: "1 hour" },
        ],
      },
      { connectors: [connector], secrets: () => url },
    ).pipe(
      Effect.flatMap((config) => replicate(config, { select: "due", claim: false })),
      Effect.provide(layer(execute)),
      Effect.provideService(Clock.Clock, clock),
      Effect.runPromise,
    )
  for (const _ of [1, 2]) {
    await tick()
    clock.jump(61_000)
  }
  // The source failed a moment ago, and waits.
  proxy.refuse()
  expect((await tick()).tables).toMatchObject([{ error: { code: "unreachable" } }])
  proxy.heal()
  // A run that died a moment ago holds the table.
  await execute("UPDATE tmp_replication_tables SET lease = 'dead', lease_until = CAST(? AS INTEGER)", [
    String(clock.currentTimeMillisUnsafe() + 60_000),
  ])
  expect((await tick()).tables).toEqual([])
  await server.query("DELETE FROM reset WHERE id > 7; UPDATE reset SET text = 'new' WHERE id = 1")
  clock.jump(-30 * 86_400_000)
  expect((await tick()).tables).toMatchObject([
    { error: undefined, written: 1, deleted: 3, verification: { complete: true } },
  ])
  expect((await tick()).tables).toEqual([])
  clock.jump(61_000)
  expect((await tick()).tables).toMatchObject([{ error: undefined }])
})
