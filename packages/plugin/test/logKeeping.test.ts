import {
  type Postgres,
  type SqliteObjects,
  startDebianPostgres,
  startSqliteObjects,
} from "@starbase-replication/test-servers"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeInstance } from "./support/instance.ts"

/** PostgreSQL 15, which keeps little of its log. */
let server: Postgres
let objects: SqliteObjects
beforeAll(async () => {
  ;[server, objects] = await Promise.all([
    startDebianPostgres({
      settings: { wal_level: "logical", synchronous_commit: "on", max_slot_wal_keep_size: "32MB", autovacuum: "off" },
    }),
    startSqliteObjects(),
  ])
})
afterAll(async () => {
  await Promise.all([server?.stop(), objects?.stop()])
})

const open = (schema: string, more: object = {}) => {
  const object = objects.object()
  const instance = makeInstance(object.execute, {
    config: {
      sources: {
        shop: { type: "postgres", url: { secret: "URL" }, schema, log: { slot: schema, publication: schema } },
      },
      tables: [
        { source: "shop", table: "a" },
        { source: "shop", table: "b" },
      ],
      ...more,
    },
    secrets: { URL: server.url },
  })
  const pull = async () => {
    const answer = await instance.post("/replicate")
    expect(answer.result.tables.flatMap(({ error }) => error ?? [])).toEqual([])
    return answer.result.tables
  }
  const same = async () => {
    for (const name of ["a", "b"]) {
      const rows = await server.query(`SELECT id, v FROM ${schema}.${name} ORDER BY id`)
      expect(await object.execute(`SELECT id, v FROM ${name} ORDER BY id`, [])).toEqual(rows)
    }
  }
  const logOf = async () => {
    const { result } = await instance.get("/replicate/status")
    return (result["sources"] as ReadonlyArray<{ readonly log: Record<string, unknown> }>)[0]?.log
  }
  return { ...instance, object, pull, same, logOf }
}

const make = (schema: string) =>
  server.query(
    `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.a (id int PRIMARY KEY, v text); CREATE TABLE ${schema}.b (id int PRIMARY KEY, v text);
     INSERT INTO ${schema}.a SELECT n, 'a' || n FROM generate_series(1, 20) n; INSERT INTO ${schema}.b SELECT n, 'b' || n FROM generate_series(1, 20) n;
     CREATE PUBLICATION ${schema} FOR TABLE ${schema}.a, ${schema}.b`,
  )

it("heals by itself where the server has thrown away what was not read", async () => {
  await make("lost")
  const { pull, same, logOf } = open("lost")
  await pull()
  await server.query("UPDATE lost.a SET v = 'unread'; DELETE FROM lost.b WHERE id < 5; CREATE TABLE noise (t text)")
  for (let round = 0; round < 8; round++) {
    await server.query(
      "INSERT INTO noise SELECT repeat('n', 1000) FROM generate_series(1, 12000); SELECT pg_switch_wal()",
    )
    await server.query("CHECKPOINT")
  }
  expect(await server.query("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'lost'")).toEqual([["lost"]])
  await pull()
  await same()
  expect(await logOf()).toMatchObject({ level: "ok", keeping: expect.stringMatching(/reserved|missing|lost/) })
  await server.query("INSERT INTO lost.a VALUES (100, 'later')")
  expect(await pull()).toMatchObject([{ table: "a", read: 1 }, { read: 0 }])
  await same()
})

it("goes on within a transaction that takes more than one wake-up, and says so meanwhile", async () => {
  await make("large")
  const { pull, same, logOf } = open("large", { budget: { time: "300 millis" } })
  await pull()
  await server.query(
    "BEGIN; INSERT INTO large.a SELECT n, repeat('x', 50) FROM generate_series(1000, 200000) n; UPDATE large.b SET v = 'with it'; DELETE FROM large.a WHERE id % 2 = 0; COMMIT",
  )
  const torn: Array<unknown> = []
  for (let wakeUps = 0; wakeUps < 60; wakeUps++) {
    const tables = await pull()
    torn.push((await logOf())?.["torn"])
    if (tables.every(({ more }) => more === false)) break
  }
  expect(torn).toContain(true)
  expect(torn.at(-1)).toBe(false)
  await same()
})

it("takes a backlog of many transactions in steps, and gives back what it has read", async () => {
  await make("behind")
  const { pull, same } = open("behind")
  await pull()
  await server.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name <> 'behind'")
  await server.query(
    "DO $$ BEGIN FOR i IN 1..3000 LOOP UPDATE behind.a SET v = 'v' || i WHERE id = 1 + i % 20; COMMIT; END LOOP; END $$",
  )
  expect(await pull()).toMatchObject([{ table: "a", read: 3000, written: 20 }, { read: 0 }])
  await same()
  await pull()
  const [row] = await server.query(
    "SELECT pg_current_wal_insert_lsn() - confirmed_flush_lsn < 100000 FROM pg_replication_slots WHERE slot_name = 'behind'",
  )
  expect(row).toEqual([true])
})
