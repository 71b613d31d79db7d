import { decodeConfig } from "@starbase-replication/core/config"
import { wake } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-postgres"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Parts, startParts } from "../support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

it("a source that falls silent keeps no other one waiting", async () => {
  const { server, proxy, url, object } = parts
  await server.query("CREATE TABLE fast (id int PRIMARY KEY); CREATE TABLE silent (id int PRIMARY KEY)")
  const config = decodeConfig(
    {
      sources: {
        stalled: { type: "postgres", url: { secret: "STALLED" }, connectTimeout: "4 seconds" },
        sound: { type: "postgres", url: { secret: "SOUND" } },
      },
      tables: [
        { source: "stalled", table: "silent", every: "1 second" },
        { source: "sound", table: "fast", every: "1 second" },
      ],
    },
    { connectors: [connector], secrets: (name) => (name === "SOUND" ? server.url : url) },
  )
  proxy.stall()
  const { execute } = object()
  const began = performance.now()
  const { results } = await config.pipe(
    Effect.flatMap((decoded) => wake(decoded, undefined)),
    Effect.provide(layer(execute)),
    Effect.runPromise,
  )
  const seconds = (performance.now() - began) / 1000
  proxy.heal()
  const runs = results.filter(({ table }) => table === "fast")
  expect(runs.every(({ error }) => error === undefined)).toBe(true)
  expect(results.filter(({ table }) => table === "silent")).toMatchObject([{ error: { code: "unreachable" } }])
  // As often as it is due while the other keeps the wake-up waiting, and no oftener.
  expect(runs.length).toBeGreaterThanOrEqual(Math.floor(seconds / 2))
  expect(runs.length).toBeLessThanOrEqual(seconds + 2)
  expect(runs.length).toBeGreaterThan(2)
})
