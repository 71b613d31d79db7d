import type { TableResult } from "@starbase-replication/core/run"
import { Source } from "@starbase-replication/core/source"
import { layer } from "@starbase-replication/source-starbase"
import { type Postgres, startPostgres } from "@starbase-replication/test-servers"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { type Client, makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { type Served, serve } from "@starbase-replication/worker/scripts/lib/serve.ts"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const tokens = { adminToken: "the hub's admin", clientToken: "the hub's client" }
const deletes = { reconcile: "1 second" }

let postgres: Postgres
let hub: Served
let edge: Served
let atHub: Client
let atEdge: Client
beforeAll(async () => {
  postgres = await startPostgres()
  await postgres.query(setup)
  hub = await serve({
    bundle: bundlePath("postgres"),
    ...tokens,
    variables: { SHOP_URL: postgres.url, REPLICATION_ALARM: "off" },
    config: {
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: [{ source: "shop", table: "public.events", cursor: "at", deletes }],
    },
  })
  atHub = makeClient(hub.url, tokens.adminToken)
  for (const sql of ownTable) expect(await atHub.post("/query", { sql })).toMatchObject({ status: 200 })
  await pull(atHub)
  edge = await serve({
    bundle: bundlePath("starbase"),
    adminToken: "the edge's admin",
    clientToken: "the edge's client",
    variables: { HUB_TOKEN: tokens.clientToken, REPLICATION_ALARM: "off" },
    config: {
      sources: {
        hub: {
          type: "starbase",
          url: hub.url.href,
          token: { secret: "HUB_TOKEN" },
          types: { events: { at: "timestamptz" } },
        },
      },
      tables: [
        { source: "hub", table: "events", cursor: "at", deletes },
        { source: "hub", table: "*", except: ["events"], deletes },
      ],
    },
  })
  atEdge = makeClient(edge.url, "the edge's admin")
}, 120_000)
afterAll(async () => {
  await edge?.stop()
  await hub?.stop()
  await postgres?.stop()
})

const setup = `
  CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL, amount numeric, ratio float8, body bytea,
    note text, yes boolean, day date, tags text[]);
  INSERT INTO events SELECT (n - 1500) * 4611686018427387, '2024-01-01 00:00:00.000001Z'::timestamptz + n * interval '1 second',
    n + 0.10, n / 3.0::float8, int4send(n), 'note ' || n || ' "it''s" ' || chr(128512), n % 2 = 0, '2024-02-29', ARRAY['a', NULL]
    FROM generate_series(0, 2999) n;
  INSERT INTO events VALUES
    (9223372036854775807, '2024-03-01Z', 12345678901234567890.0123456789, 'NaN', '\\x00ff', '', NULL, '0044-03-15 BC', '{}'),
    (9007199254740993, '2024-03-02Z', -0.00, '-Infinity', '', NULL, true, NULL, NULL),
    (-9223372036854775808, '2024-03-03 12:34:56.789012Z', 1e-10, 5e-324, NULL, E'tab\\tline\\n', false, 'infinity', NULL)`

/** A table that somebody keeps in the hub itself. */
const ownTable = [
  'CREATE TABLE "my own" (b TEXT NOT NULL, a INTEGER NOT NULL, v REAL, w BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID',
  `INSERT INTO "my own" VALUES ('x', 9007199254740993, 0.1, x'00'), ('y', 1, 1.7976931348623157e308, NULL), ('a' || char(0), 2, -1.5, x'')`,
]

/** Pulls until there is no more, and tells what it did to each table. */
const pull = async (client: Client): Promise<ReadonlyArray<TableResult>> => {
  const done: Array<TableResult> = []
  for (;;) {
    const results = await client.replicate()
    for (const result of results) expect(result.error, JSON.stringify(result)).toBeUndefined()
    done.push(...results)
    if (results.every(({ more }) => !more)) return done
  }
}

const queries = ["id at amount ratio body note yes day tags".split(" "), "a b v w".split(" ")] as const

/** All values as SQLite has them, with their storage classes. */
const dump = async (client: Client) => {
  const printed = (columns: ReadonlyArray<string>) =>
    columns.map((name) => `typeof("${name}") || ' ' || quote("${name}")`).join(", ")
  return [
    await client.rows(`SELECT ${printed(queries[0])} FROM events ORDER BY id`),
    await client.rows(`SELECT ${printed(queries[1])} FROM "my own" ORDER BY a, b`),
  ]
}

const sameEventually = async () => {
  const deadline = Date.now() + 30_000
  for (;;) {
    await pull(atHub)
    await pull(atEdge)
    const [theirs, ours] = [await dump(atHub), await dump(atEdge)]
    if (JSON.stringify(theirs) === JSON.stringify(ours) || Date.now() > deadline) {
      expect(ours).toEqual(theirs)
      return ours
    }
  }
}

describe("a database, a hub that pulls it, and a replica that pulls the hub", () => {
  it("has every value as the hub has it", async () => {
    await pull(atEdge)
    const [events, own] = await dump(atEdge)
    expect(events?.length).toBe(3003)
    expect(own?.length).toBe(3)
    expect([events, own]).toEqual(await dump(atHub))
    expect(events?.at(-1)).toEqual([
      "integer 9223372036854775807",
      "text '2024-03-01T00:00:00.000000Z'",
      "text '12345678901234567890.0123456789'",
      "text 'NaN'",
      "blob X'00FF'",
      "text ''",
      "null NULL",
      "text '0044-03-15 BC'",
      "text '[]'",
    ])
  })

  it("takes nothing that is the hub's own affair, and writes nothing where nothing changed", async () => {
    const results = await pull(atEdge)
    expect(results.map(({ table }) => table).toSorted()).toEqual(["events", "my own"])
    expect(results.map(({ written, deleted }) => ({ written, deleted }))).toEqual([
      { written: 0, deleted: 0 },
      { written: 0, deleted: 0 },
    ])
  })

  it("follows inserts, updates and deletes", { timeout: 60_000 }, async () => {
    await postgres.query(`
      INSERT INTO events (id, at, note) VALUES (5, clock_timestamp(), 'new');
      UPDATE events SET note = 'changed', at = clock_timestamp() WHERE id = 9007199254740993;
      DELETE FROM events WHERE id % 7 = 0 AND id < 0 AND id > -9e18::bigint`)
    for (const sql of [
      `UPDATE "my own" SET v = 2.5 WHERE a = 1`,
      `DELETE FROM "my own" WHERE a = 2`,
      `INSERT INTO "my own" VALUES ('z', -1, 1e300, x'ff')`,
    ]) {
      await atHub.post("/query", { sql })
    }
    await expect
      .poll(
        async () => {
          await pull(atHub)
          const [row] = await atHub.rows("SELECT count(*) FROM events")
          return row?.[0]
        },
        { timeout: 30_000 },
      )
      .toBe((await postgres.query("SELECT count(*)::int FROM events"))[0]?.[0])
    const [events = [], own = []] = await sameEventually()
    expect(events.some((row) => row[0] === "integer 5" && row[5] === "text 'new'")).toBe(true)
    expect(events.some((row) => row[5] === "text 'changed'")).toBe(true)
    expect(own.map((row) => row[0])).toEqual(["integer -1", "integer 1", "integer 9007199254740993"])
  })
})

describe("the Worker's own answers", () => {
  const open = (token: string) =>
    layer({ type: "starbase", url: hub.url.href, token: { secret: "TOKEN" } }, () => Redacted.make(token))
  const read = (name: string, column: string) =>
    Effect.flatMap(Source, (source) => {
      const columns = [{ name: column, type: "text", sourceType: "TEXT", nullable: true } as const]
      const table = { name: { name }, kind: "table", columns, key: [] } as const
      return source.read({ table, columns, where: [], order: [column], after: undefined, limit: 1, maxBytes: 1 })
    })
  const failure = (token: string, name: string, column: string) =>
    Effect.runPromise(Effect.flip(Effect.provide(read(name, column), open(token))))

  it("are told apart: a wrong token, a missing table, a missing column", async () => {
    expect(await failure("wrong", "events", "id")).toMatchObject({ code: "unauthorized" })
    expect(await failure(tokens.clientToken, "gone", "id")).toMatchObject({ code: "table-missing", table: "gone" })
    expect(await failure(tokens.clientToken, "events", "gone")).toMatchObject({
      code: "column-missing",
      column: "gone",
    })
  })
})
