import { decodeConfig } from "@starbase-replication/core/config"
import { replicate } from "@starbase-replication/core/run"
import type { Connector } from "@starbase-replication/core/source"
import { answerFeed } from "@starbase-replication/hub"
import { type Execute, layer } from "@starbase-replication/sink-sqlite"
import { connectorOver } from "@starbase-replication/source-hub"
import { connector } from "@starbase-replication/source-postgres"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Platform } from "../src/fleet/Platform.ts"
import { startWorkerd, type Workerd } from "../src/Workerd.ts"

const rows = 20_000
const columns = Array.from({ length: 90 }, (_, at) => `column_number_${at}`)

let server: Postgres
let workerd: Workerd
beforeAll(async () => {
  ;[server, workerd] = await Promise.all([startPostgres(), startWorkerd()])
  const values = columns.map((name) => `'${name} ' || n`).join(", ")
  await server.query(
    `CREATE TABLE wide (id int PRIMARY KEY, tenant text NOT NULL, ${columns.map((name) => `${name} text`).join(", ")});
     INSERT INTO wide SELECT n, 'a', ${values} FROM generate_series(1, ${rows}) n;
     CREATE TABLE fat (id int PRIMARY KEY, tenant text NOT NULL, note text);
     INSERT INTO fat SELECT n, 'a', repeat('x', 1900000) FROM generate_series(1, 6) n`,
  )
})
afterAll(async () => {
  await Promise.all([server?.stop(), workerd?.stop()])
})

/** Pulls once, as one invocation does; gives how many rows came. */
const pull = (execute: Execute, document: object, own: Connector): Promise<number> =>
  Effect.gen(function* () {
    const config = yield* decodeConfig(document, { connectors: [own], secrets: () => server.url })
    const most = Number.POSITIVE_INFINITY
    const budget = { millis: 120_000, rows: most, bytes: most, queries: most }
    const { tables } = yield* replicate(config, { select: "all", claim: true, refresh: false, budget })
    expect(tables.map(({ error, more }) => ({ error, more }))).toEqual([
      { error: undefined, more: false },
      { error: undefined, more: false },
    ])
    return tables.reduce((sum, { written, deleted }) => sum + written + deleted, 0)
  }).pipe(Effect.provide(layer(execute)), Effect.runPromise)

it("keeps wide, fat and many rows on their way through a hub within what the platform allows", async () => {
  const [hub, replica] = [workerd.object("hub"), workerd.object("replica")]
  const platform = new Platform()
  const [hubExecute, replicaExecute] = [platform.watch(hub.execute), platform.watch(replica.execute)]
  const pullHub = () =>
    pull(
      hubExecute,
      {
        sources: { main: { type: "postgres", url: { secret: "URL" } } },
        replicas: { by: { column: "tenant" } },
        tables: ["wide", "fat"].map((table) => ({ source: "main", table })),
      },
      connector,
    )
  const pullReplica = () => {
    let requests = 0
    const send = async (request: unknown) => {
      platform.requested(++requests)
      return platform.carry(await answerFeed(hubExecute, { tenant: "a" }, platform.carry(request)))
    }
    const document = { sources: { hub: { type: "hub" } }, tables: [{ source: "hub", table: "*" }] }
    return pull(replicaExecute, document, connectorOver(send))
  }

  await pullHub()
  await pullHub()
  expect(await pullReplica()).toBe(rows + 6)
  await server.query(`UPDATE wide SET column_number_7 = 'other'; UPDATE fat SET note = repeat('y', 1900000)`)
  await pullHub()
  expect(await pullReplica()).toBe(rows + 6)
  expect(await replica.execute("SELECT count(*) FROM wide WHERE column_number_7 = 'other'", [])).toEqual([[rows]])
  expect(await replica.execute("SELECT sum(length(note)) FROM fat WHERE note LIKE 'yyy%'", [])).toEqual([
    [6 * 1_900_000],
  ])
  console.info("the most that was asked of the platform:", platform.most)
  platform.check()
})
