import { decodeConfig } from "@starbase-replication/core/config"
import { check, replicate } from "@starbase-replication/core/run"
import { layer } from "@starbase-replication/sink-sqlite"
import { connector } from "@starbase-replication/source-mysql"
import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"

let server: Mariadb
let shop: MariadbDatabase
let workerd: Workerd
beforeAll(async () => {
  ;[server, workerd] = await Promise.all([startMariadb(), startWorkerd()])
  shop = await server.createDatabase("shop")
})
afterAll(async () => {
  await Promise.all([server?.stop(), workerd?.stop()])
})

/** A replica of one table, pulled by the root user or another one. */
const replicaOf = (table: string, entry: object = {}, url = shop.url) => {
  const { execute } = workerd.object(table)
  const decoded = decodeConfig(
    { sources: { main: { type: "mysql", url: { secret: "URL" } } }, tables: [{ source: "main", table, ...entry }] },
    { connectors: [connector], secrets: () => url },
  )
  const provided = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.runPromise(Effect.provide(effect, layer(execute)) as Effect.Effect<A, E>)
  return {
    run: () =>
      provided(Effect.flatMap(decoded, (config) => replicate(config, { select: "all", claim: true }))).then(
        ({ tables: [first] }) => first,
      ),
    check: () => provided(Effect.flatMap(decoded, check)).then(([first]) => first),
    rows: (sql: string) => execute(sql, []),
  }
}

it("a flag that cannot be NULL marks the rows alone that it is set for", async () => {
  await shop.query(`
    CREATE TABLE flagged (id int PRIMARY KEY, is_deleted boolean NOT NULL DEFAULT false,
      deleted_at datetime NOT NULL DEFAULT '0000-00-00 00:00:00');
    SET sql_mode = '';
    INSERT INTO flagged (id, is_deleted) VALUES (1, false), (2, true);
    INSERT INTO flagged (id, deleted_at) VALUES (3, '2024-01-01')`)
  for (const [column, ids] of [
    ["is_deleted", [[1], [3]]],
    ["deleted_at", [[1], [2]]],
  ] as const) {
    const replica = replicaOf("flagged", { into: column, deletes: { softDelete: column } })
    expect((await replica.run())?.error).toBeUndefined()
    expect(await replica.rows(`SELECT id FROM ${column} ORDER BY id`)).toEqual(ids)
  }
})

it("a cursor with a fraction is moved back by its overlap", async () => {
  await shop.query("CREATE TABLE late (id int PRIMARY KEY, c decimal(20,6)); INSERT INTO late VALUES (1, 1002.5)")
  const replica = replicaOf("late", { cursor: "c", overlap: 1000 })
  await replica.run()
  // As a transaction that was open while the other row was pulled.
  await shop.query("INSERT INTO late VALUES (2, 1001.5)")
  await replica.run()
  expect(await replica.rows("SELECT id FROM late ORDER BY id")).toEqual([[1], [2]])
})

it("a view of what is gone is told as broken, by check and run", async () => {
  await shop.query("CREATE TABLE going (id int PRIMARY KEY); CREATE VIEW bad AS SELECT id FROM going; DROP TABLE going")
  const replica = replicaOf("bad", { key: ["id"] })
  for (const found of [await replica.check(), await replica.run()]) {
    expect(found?.error).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("'shop.bad' references invalid table"),
      hint: expect.stringContaining("Mend or drop the view"),
    })
  }
})

it("a column whose grant is revoked is an error, and one that is dropped becomes NULL", async () => {
  await shop.query(`
    CREATE TABLE partly (id int PRIMARY KEY, v int, w int); INSERT INTO partly VALUES (1, 2, 3);
    CREATE USER part@127.0.0.1 IDENTIFIED BY 'p'; GRANT SELECT (id, v, w) ON partly TO part@127.0.0.1`)
  const replica = replicaOf("partly", {}, `mysql://part:p@127.0.0.1:${server.port}/shop`)
  expect((await replica.run())?.error).toBeUndefined()
  await shop.query("REVOKE SELECT (v) ON partly FROM part@127.0.0.1")
  expect((await replica.run())?.error).toMatchObject({ code: "forbidden", message: expect.stringContaining("column") })
  expect(await replica.rows("SELECT id, v, w FROM partly")).toEqual([[1, 2, 3]])
  await shop.query("GRANT SELECT (v) ON partly TO part@127.0.0.1; UPDATE partly SET v = 5")
  expect((await replica.run())?.error).toBeUndefined()
  expect(await replica.rows("SELECT id, v, w FROM partly")).toEqual([[1, 5, 3]])
  await shop.query("ALTER TABLE partly DROP COLUMN w")
  expect((await replica.run())?.error).toBeUndefined()
  expect(await replica.rows("SELECT id, v, w FROM partly")).toEqual([[1, 5, null]])
})
