import { afterAll, beforeAll, expect, it } from "vitest"
import pg from "pg"
import { type Parts, startParts } from "../support/parts.ts"
import { replicaOf } from "../support/whole.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts?.stop())

it("what was written since a long transaction began is read again and not written, and nothing of it is lost", async () => {
  const { server, object } = parts
  await server.query(
    "CREATE TABLE items (id int PRIMARY KEY, v int); INSERT INTO items SELECT i, 0 FROM generate_series(1, 100) i",
  )
  const { execute } = object()
  const { pull, equals } = replicaOf(execute, "items", { deletes: "ignore" })
  const position = () => execute("SELECT position FROM tmp_replication_tables", [])
  await pull(server)
  const long = new pg.Client({ connectionString: server.url })
  await long.connect()
  try {
    await long.query("BEGIN; UPDATE items SET v = 1 WHERE id = 1; SAVEPOINT one; UPDATE items SET v = 1 WHERE id = 2")
    for (let id = 11; id <= 20; id++) {
      await server.query(`UPDATE items SET v = 2 WHERE id = ${id}`)
      await long.query(`SAVEPOINT s${id}; UPDATE items SET v = 3 WHERE id = ${id + 40}`)
      if (id % 3 === 0) await long.query(`ROLLBACK TO s${id}`)
      expect(await pull(server)).toMatchObject({ read: id - 10, written: 1 })
      await equals(server)
    }
    const before = await position()
    for (let again = 0; again < 3; again++) expect(await pull(server)).toMatchObject({ read: 10, written: 0 })
    expect(await position()).toEqual(before)
    await long.query("COMMIT")
  } finally {
    await long.end()
  }
  expect(await pull(server)).toMatchObject({ read: 19, written: 9 })
  await equals(server)
  expect(await pull(server)).toMatchObject({ read: 0, written: 0 })
})
