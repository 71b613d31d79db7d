import {
  type Postgres,
  type Standby,
  startHaltablePostgres,
  startPostgres,
  startStandby,
  startTcpProxy,
} from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"
import { replicaOf } from "../support/whole.ts"

let workerd: Workerd
beforeAll(async () => {
  workerd = await startWorkerd()
})
afterAll(() => workerd?.stop())

const make = (server: Postgres) =>
  server.query(`CREATE TABLE items (id int PRIMARY KEY, v int, at timestamptz NOT NULL DEFAULT now());
    INSERT INTO items SELECT i, 0 FROM generate_series(1, 100) i`)

it.each([
  ["", {}],
  [" beside a cursor", { cursor: "at" }],
])("a source whose files were put back is read anew, and its replica is as it is%s", async (name, entry) => {
  const server = await startHaltablePostgres()
  try {
    await make(server)
    const { pull, equals } = replicaOf(workerd.object(`restored${name}`).execute, "items", entry)
    await pull(server)
    await server.whileHalted(({ keep }) => keep())
    for (const id of [1, 2, 3]) {
      await server.query(`UPDATE items SET v = 7 WHERE id = ${id}; INSERT INTO items VALUES (${id + 500}, 0)`)
      await server.query(`DELETE FROM items WHERE id = ${id + 50}`)
      expect((await pull(server)).details?.anew).toBeUndefined()
    }
    await equals(server)
    await server.whileHalted(({ putBack }) => putBack())
    // Ids are given that were seen before.
    await server.query("UPDATE items SET v = 9 WHERE id = 5")
    expect((await pull(server)).details?.anew).toContain("earlier state")
    await equals(server)
    expect(await pull(server)).toMatchObject({ read: 0, details: { anew: undefined } })
    await server.query("UPDATE items SET v = 10 WHERE id = 6")
    expect(await pull(server)).toMatchObject({ written: 1, details: { anew: undefined } })
    await equals(server)
  } finally {
    await server.stop()
  }
})

const promote = async (standby: Standby) => {
  expect(await standby.query("SELECT pg_promote()")).toEqual([[true]])
  expect(await standby.query("SELECT pg_is_in_recovery()")).toEqual([[false]])
}

it("a standby goes on where its primary was pulled, and is read anew once it has taken over without all that was written", async () => {
  const primary = await startPostgres()
  const proxy = await startTcpProxy(primary)
  const standby = await startStandby({ ...primary, host: proxy.host, port: proxy.port })
  try {
    await make(primary)
    const { pull, equals } = replicaOf(workerd.object("moved").execute, "items")
    await pull(primary)
    await primary.query("UPDATE items SET v = 1 WHERE id <= 3")
    await standby.caughtUp()
    expect(await pull(standby)).toMatchObject({ read: 3, written: 3, details: { anew: undefined } })
    await equals(primary)
    expect(await pull(primary)).toMatchObject({ read: 0, details: { anew: undefined } })

    proxy.refuse()
    proxy.cut()
    await primary.query(
      "UPDATE items SET v = 2 WHERE id = 4; INSERT INTO items VALUES (900, 0); DELETE FROM items WHERE id = 9",
    )
    expect(await pull(primary)).toMatchObject({ read: 2, written: 2, deleted: 1 })
    await equals(primary)
    // It is behind now.
    expect((await pull(standby)).details?.anew).toContain("earlier state")
    await equals(standby)
    expect((await pull(primary)).written).toBe(2)
    await equals(primary)

    await promote(standby)
    for (const id of [20, 21, 22, 23]) await standby.query(`UPDATE items SET v = 3 WHERE id = ${id}`)
    expect((await pull(standby)).details?.anew).toContain("another one took over")
    await equals(standby)
    await standby.query("UPDATE items SET v = 4 WHERE id = 30")
    expect(await pull(standby)).toMatchObject({ read: 1, written: 1, details: { anew: undefined } })
    await equals(standby)
  } finally {
    await standby.stop()
    await proxy.stop()
    await primary.stop()
  }
})
