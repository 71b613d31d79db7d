import { type HaltablePostgres, startHaltablePostgres } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { startWorkerd, type Workerd } from "../../src/Workerd.ts"
import { replicaOf } from "../support/whole.ts"

let server: HaltablePostgres
let workerd: Workerd
beforeAll(async () => {
  ;[server, workerd] = await Promise.all([startHaltablePostgres({ autovacuum: "off" }), startWorkerd()])
  await server.query("ALTER DATABASE template0 ALLOW_CONNECTIONS true")
})
afterAll(async () => {
  await Promise.all([server?.stop(), workerd?.stop()])
})

/** Freezes all rows, and has the server give another id next. */
const goOnFrom = async (...how: ReadonlyArray<string>) => {
  for (const name of ["template0", "template1", "postgres"]) await server.databaseNamed(name).query("VACUUM FREEZE")
  await server.whileHalted(({ program }) => program("pg_resetwal", how))
}

/** Begins and ends so many transactions. */
const spend = (count: number) =>
  server.query(`DO $$ BEGIN FOR i IN 1..${count} LOOP
    BEGIN PERFORM pg_current_xact_id(); INSERT INTO spent VALUES (i); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END;
  END LOOP; END $$`)

const nextId = async () =>
  BigInt(String((await server.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))[0]?.[0]))

/** The length of a page of the transactions' states: what comes before it is needed no more. */
const page = 32_768

it("rows are exact while the ids of transactions go round, and whole where they went on for too long", async () => {
  await server.query("CREATE TABLE spent (i int); CREATE TABLE items (id int PRIMARY KEY, v int)")
  await server.query("INSERT INTO items SELECT i, 0 FROM generate_series(1, 200) i")
  const { pull, equals } = replicaOf(workerd.object("ids").execute, "items")
  const change = (id: number) =>
    server.query(`UPDATE items SET v = v + 1 WHERE id = ${id}; INSERT INTO items VALUES (${id + 1000}, ${id})`)
  /** Pulls some changes, of which no more is read than they are. */
  const pullChanges = async (id: number) => {
    await change(id)
    const { read, written, details } = await pull(server)
    expect({ read, written, anew: details?.anew }).toEqual({ read: 2, written: 2, anew: undefined })
    await equals(server)
  }
  await pull(server)
  await pullChanges(1)

  // Each step is shorter than ages can tell, and old rows are soon more than that behind.
  for (const [at, pages] of [45_000, 90_000, 2 ** 17 - 1].entries()) {
    await goOnFrom("-x", String(pages * page))
    await pullChanges(at + 10)
  }
  const before = await nextId()
  await spend(page)
  expect(before).toBeLessThan(2n ** 32n)
  expect(await nextId()).toBeGreaterThan(2n ** 32n)
  await pullChanges(2)
  await pullChanges(3)

  // What was seen is too long ago to tell what was written since, even where the ids are the same in 32 bits.
  for (const steps of [
    [
      ["-x", String(page * 40_000)],
      ["-x", String(page * 80_000)],
    ],
    [["-e", "2"]],
  ]) {
    for (const how of steps) await goOnFrom(...how)
    await server.query("UPDATE items SET v = v + 1 WHERE id = 4")
    const [[rows] = []] = await server.query("SELECT count(*)::int FROM items")
    const { read, written } = await pull(server)
    expect({ read, written }).toEqual({ read: rows, written: 1 })
    await equals(server)
    await pullChanges(5 + steps.length)
  }
  await server.query("DELETE FROM items WHERE id % 10 = 0")
  await pull(server)
  await equals(server)
})
