import { decodeConfig } from "@starbase-replication/core/config"
import { replicate, type ReplicateOptions } from "@starbase-replication/core/run"
import { mapQueries, Source } from "@starbase-replication/core/source"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-mysql"
import {
  type Mariadb,
  type MariadbDatabase,
  type SqliteObject,
  type SqliteObjects,
  startMariadb,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

let mariadb: Mariadb
let database: MariadbDatabase
let objects: SqliteObjects
beforeAll(async () => {
  ;[mariadb, objects] = await Promise.all([startMariadb(), startSqliteObjects()])
  database = await mariadb.createDatabase("ranges")
  await database.query("SET NAMES utf8mb4")
})
afterAll(() => Promise.all([objects?.stop(), mariadb?.stop()]))

/** Pulls a table once, and tells what the source was asked. */
const pull = async (
  object: SqliteObject,
  table: string,
  more: object = {},
  options: Partial<ReplicateOptions> = {},
) => {
  const asked: Array<string> = []
  object.takeRowsWritten()
  const {
    tables: [result],
  } = await decodeConfig(
    {
      sources: { main: { type: "mysql", url: { secret: "URL" } } },
      tables: [{ source: "main", table, deletes: { reconcile: "1 hour" }, ...more }],
    },
    { connectors: [connector], secrets: () => database.url },
  ).pipe(
    Effect.map(({ sources, ...config }) => ({
      ...config,
      sources: new Map(
        Array.from(sources, ([name, source]) => [
          name,
          Layer.effect(
            Source,
            Effect.map(Source, (opened) =>
              mapQueries(opened, (query, method) =>
                Effect.andThen(
                  Effect.sync(() => asked.push(method)),
                  query,
                ),
              ),
            ),
          ).pipe(Layer.provide(source)),
        ]),
      ),
    })),
    Effect.flatMap((config) => replicate(config, { select: "all", claim: false, ...options })),
    Effect.provide(layer(object.execute)),
    Effect.runPromise,
  )
  expect(result?.error).toBeUndefined()
  const { read, written, deleted, more: hasMore } = result ?? {}
  return { read, written, deleted, more: hasMore, asked: asked.slice(1), writes: object.takeRowsWritten() }
}

/** What a pull does that finds nothing changed. */
const idle = { read: 0, written: 0, deleted: 0, more: false, asked: ["digest"], writes: 0 }

const keys = {
  bigint: "seq",
  "bigint unsigned": "seq * 4000000000000000",
  "varchar(40) CHARACTER SET utf8mb4": "concat(elt(seq % 4 + 1, 'É', 'e', 'Z', char(0xF09F9880 using utf8mb4)), seq)",
  "varchar(40) CHARACTER SET latin1 COLLATE latin1_german2_ci": "concat(elt(seq % 3 + 1, 'ü', 'a', 'Z'), seq)",
  "binary(16)": "unhex(md5(seq))",
  uuid: "uuid()",
  "datetime(3)": "from_unixtime(1700000000 + seq)",
  time: "sec_to_time(cast(seq as signed) * 97 - 100000)",
  "decimal(12,2)": "seq / 7",
  double: "seq / 7",
} as const

describe.each(Object.entries(keys))("a MariaDB table whose key is %s", (type, expression) => {
  const table = `t_${type.replaceAll(/\W/g, "_")}`

  it("is pulled by ranges: changes, NULLs, deletes and inserts come at once, and an idle pull asks one question", async () => {
    const object = objects.object()
    await database.query(`CREATE TABLE ${table} (id ${type} PRIMARY KEY, v varchar(20), w longtext)`)
    await database.query(`INSERT INTO ${table} SELECT ${expression}, concat('v', seq), NULL FROM seq_1_to_2500`)
    const batch = { batchSize: 200 }
    const equal = async () => {
      const there = await database.query(`SELECT count(*), sum(crc32(v)), sum(w = '') FROM ${table}`)
      expect(await object.execute(`SELECT count(*), sum(w = '') FROM ${table}`, [])).toEqual([
        [Number(there[0]?.[0]), there[0]?.[2] === null ? null : Number(there[0]?.[2])],
      ])
    }
    await pull(object, table, batch)
    expect(await pull(object, table, batch)).toMatchObject({ read: 2500, written: 0 })
    expect(await pull(object, table, batch)).toEqual(idle)

    await database.query(`UPDATE ${table} SET w = '' WHERE v IN ('v7', 'v1900')`)
    const changed = await pull(object, table, batch)
    expect(changed).toMatchObject({ written: 2, deleted: 0, more: false })
    expect(changed.read).toBeLessThan(900)
    expect(await pull(object, table, batch)).toEqual(idle)

    await database.query(`DELETE FROM ${table} WHERE v IN ('v8', 'v9', 'v2000')`)
    const gone = await pull(object, table, batch)
    expect(gone).toMatchObject({ written: 0, deleted: 3 })
    expect(gone.read).toBeLessThan(1500)
    expect(await pull(object, table, batch)).toEqual(idle)
    await equal()

    // A run with a small budget goes on in the next one.
    await database.query(`UPDATE ${table} SET w = 'x'`)
    for (let runs = 0; runs < 100; runs++) {
      const budget = { millis: 60_000, rows: 300, bytes: 1e9, queries: 1e9 }
      if (!(await pull(object, table, batch, { budget })).more) break
    }
    expect(await pull(object, table, batch)).toEqual(idle)
    expect(await object.execute(`SELECT count(*) FROM ${table} WHERE w = 'x'`, [])).toEqual([[2497]])
  })
})

describe("a MariaDB table of two key columns", () => {
  it("is pulled by ranges too, as far as where says", async () => {
    const object = objects.object()
    await database.query("CREATE TABLE pairs (a int, b varchar(20), v int, PRIMARY KEY (a, b))")
    await database.query("INSERT INTO pairs SELECT seq % 9, concat('b', seq), seq % 2 FROM seq_1_to_2000")
    const more = { batchSize: 100, where: [{ column: "v", op: "eq", value: 1 }] }
    await pull(object, "pairs", more)
    await pull(object, "pairs", more)
    expect(await pull(object, "pairs", more)).toEqual(idle)
    await database.query("UPDATE pairs SET v = 5 WHERE b = 'b1001'; UPDATE pairs SET v = 6 WHERE b = 'b1000'")
    expect(await pull(object, "pairs", more)).toMatchObject({ deleted: 1, written: 0 })
    expect(await pull(object, "pairs", more)).toEqual(idle)
  })
})

it("a verification that mends a row has the next pull read all rows", async () => {
  const object = objects.object()
  await database.query("CREATE TABLE mended (id int PRIMARY KEY, v int); INSERT INTO mended VALUES (1, 1), (2, 2)")
  await pull(object, "mended")
  await pull(object, "mended")
  await object.execute("UPDATE mended SET v = 9 WHERE id = 1", [])
  expect(await pull(object, "mended")).toMatchObject({ read: 0 })
  await pull(object, "mended", {}, { verify: { repair: true } })
  expect(await object.execute("SELECT v FROM mended", [])).toEqual([[1], [2]])
  expect(await pull(object, "mended")).toMatchObject({ read: 2, written: 0 })
  expect(await pull(object, "mended")).toEqual(idle)
})

it("with a cursor, ranges show what it does not, and a row that comes by it costs the ranges of others nothing", async () => {
  const object = objects.object()
  await database.query(
    "CREATE TABLE followed (id int PRIMARY KEY, v varchar(20), at datetime(6) NOT NULL DEFAULT '2024-01-01', INDEX (at))",
  )
  await database.query(
    "INSERT INTO followed (id, v, at) SELECT seq, 'v', '2024-01-01' + INTERVAL seq SECOND FROM seq_1_to_2500",
  )
  const more = { cursor: "at", batchSize: 200, overlap: "1 second" }
  const look = async () => {
    await object.execute("UPDATE tmp_replication_tables SET reconciled_at = NULL", [])
    return pull(object, "followed", more)
  }
  await pull(object, "followed", more)
  expect(await look()).toMatchObject({ written: 0, deleted: 0 })
  const quiet = await look()
  expect(quiet).toMatchObject({ written: 0, deleted: 0, more: false })
  expect(quiet.read).toBeLessThan(10)
  expect(quiet.asked).toEqual(["read", "digest"])

  await database.query(
    "UPDATE followed SET v = 'unseen' WHERE id IN (7, 1900); DELETE FROM followed WHERE id IN (8, 2000)",
  )
  await database.query("UPDATE followed SET v = 'seen', at = '2025-01-01' WHERE id = 1000")
  const changed = await look()
  expect(changed).toMatchObject({ written: 3, deleted: 2, more: false })
  expect(changed.read).toBeLessThan(900)
  expect(await object.execute("SELECT id, v FROM followed WHERE v <> 'v' ORDER BY id", [])).toEqual([
    [7, "unseen"],
    [1000, "seen"],
    [1900, "unseen"],
  ])
  expect(await object.execute("SELECT count(*) FROM followed", [])).toEqual([[2498]])
  const again = await look()
  expect(again).toMatchObject({ written: 0, deleted: 0, asked: ["read", "digest"] })
})
