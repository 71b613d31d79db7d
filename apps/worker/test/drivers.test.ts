import { setTimeout as sleep } from "node:timers/promises"
import {
  type Postgres,
  type PostgresDatabase,
  startMariadb,
  startPostgres,
  startSupabaseLite,
} from "@starbase-replication/test-servers"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { complaintsIn } from "./support/complaints.ts"
import { openReplica } from "./support/replica.ts"
import { until } from "./support/until.ts"
import { startWorker, type TestWorker } from "./support/worker.ts"

let postgres: Postgres
let worker: TestWorker | undefined
beforeAll(async () => {
  postgres = await startPostgres({
    settings: { logging_collector: "on", log_statement: "all", log_line_prefix: "%a|" },
  })
})
afterEach(async () => {
  await worker?.stop()
  worker = undefined
})
afterAll(() => postgres?.stop())

const start = (source: PostgresDatabase, tables: ReadonlyArray<object>) =>
  startWorker({
    variables: { SHOP_URL: source.url },
    config: {
      sources: { shop: { type: "postgres", url: { secret: "SHOP_URL" } } },
      tables: tables.map((table) => ({ source: "shop", ...table })),
    },
  })

describe("alarm, Cron Trigger and requests at once", () => {
  it("do no harm: nothing is lost, doubled or left held, and no run fails but for another's sake", async () => {
    const source = await postgres.createDatabase("crowd")
    await source.query(`
      CREATE TABLE events (id bigserial PRIMARY KEY, value int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
      CREATE INDEX ON events (at); CREATE TABLE notes (id int PRIMARY KEY, value int NOT NULL);
      INSERT INTO events (value) SELECT i FROM generate_series(1, 5000) i;
      INSERT INTO notes SELECT i, i FROM generate_series(1, 500) i`)
    worker = await start(source, [
      { table: "events", cursor: "at", every: "1 second", deletes: { reconcile: "1 second" } },
      { table: "notes", every: "1 second", deletes: { reconcile: "1 second" } },
    ])
    const { admin, client, logs, scheduled } = worker
    const replica = await openReplica(worker)
    const endAt = Date.now() + 10_000
    const again = async (act: (turn: number) => Promise<unknown>) => {
      for (let turn = 0; Date.now() < endAt; turn++) await act(turn)
    }
    const statuses = new Set<number>()
    await Promise.all([
      again(async (turn) => {
        await sleep(50)
        await source.query(`
          INSERT INTO events (value) SELECT i FROM generate_series(1, 20) i;
          UPDATE events SET value = value + 1, at = clock_timestamp() WHERE id % 97 = ${turn % 97};
          DELETE FROM events WHERE id % 997 = ${turn % 997};
          UPDATE notes SET value = value + 1 WHERE id % 7 = ${turn % 7}`)
      }),
      again(() => scheduled()),
      again(() => scheduled()),
      again(() => replica.wakeNow()),
      again(async () => statuses.add((await admin.post("/replicate?due=true")).status)),
      again(async () => statuses.add((await admin.post("/replicate")).status)),
      again(async () => statuses.add((await admin.post("/replicate/notes")).status)),
    ])
    // 207 and 409 are what a request is told whose table another run holds.
    for (const status of statuses) expect([200, 207, 409]).toContain(status)

    const expected = async () => JSON.stringify(await source.query("SELECT id::int, value FROM events ORDER BY id"))
    const found = async () => JSON.stringify(await client.rows("SELECT id, value FROM events ORDER BY id"))
    await until(async () => ((await found()) === (await expected()) ? true : undefined))
    const notes = async () => JSON.stringify(await client.rows("SELECT id, value FROM notes ORDER BY id"))
    const wanted = JSON.stringify(await source.query("SELECT id, value FROM notes ORDER BY id"))
    await until(async () => ((await notes()) === wanted ? true : undefined))
    expect(complaintsIn(logs)).toEqual([])
    const failed = await replica.rows(
      `SELECT DISTINCT error ->> 'code' FROM tmp_replication_history WHERE error IS NOT NULL`,
    )
    for (const [code] of failed) expect(["busy", "lease-lost"]).toContain(code)
    await until(async () => {
      const [held] = await replica.rows("SELECT count(*) FROM tmp_replication_tables WHERE lease_until > 0")
      return held?.[0] === 0 ? true : undefined
    })
  })
})

describe("what a wake-up asks of the source where nothing has changed", () => {
  /** A Worker that has the tables a and b, and is run by requests alone. */
  const startIdle = async (type: "postgres" | "mysql" | "supabase", source: object, secrets: object) => {
    const tables = [
      { source: "shop", table: "a", cursor: "id" },
      { source: "shop", table: "b", cursor: "at" },
    ]
    const config = { sources: { shop: { type, ...source } }, tables }
    const started = await startWorker({ config, variables: { ...secrets, REPLICATION_ALARM: "off" } }, type)
    worker = started
    const runAll = async () => expect((await started.admin.post("/replicate")).status).toBe(200)
    for (let i = 0; i < 3; i++) await runAll()
    return {
      runAll,
      /** Each driver comes once, and finds nothing due. */
      runDue: async () => {
        await started.scheduled()
        expect((await started.admin.post("/replicate?due=true")).result).toEqual({ tables: [] })
      },
    }
  }
  const tables = `
    CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, at timestamptz NOT NULL);
    INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, now());`

  it("is of PostgreSQL one statement for the source, and one for each due table where anything was committed", async () => {
    const source = await postgres.createDatabase("asked")
    await source.query(tables)
    let taken = "nothing was taken yet"
    const takeStatements = async () => {
      const mark = `mark ${Math.random()}`
      await source.query(`SELECT '${mark}'`)
      const log = await until(async () => {
        const [[text] = []] = await postgres.query("SELECT pg_read_file(pg_current_logfile())")
        return typeof text === "string" && text.includes(mark) ? text : undefined
      })
      const [, since = log] = log.slice(0, log.lastIndexOf(mark)).split(taken)
      taken = mark
      const asked = since.split("\n").filter((line) => /^starbase-replication\|LOG: {2}execute/.test(line))
      // What pins the session goes before each statement, in one round trip with it.
      return asked.filter((line) => !line.includes("set_config("))
    }
    const { runAll, runDue } = await startIdle("postgres", { url: { secret: "SHOP_URL" } }, { SHOP_URL: source.url })
    await takeStatements()
    await runAll()
    expect(await takeStatements()).toHaveLength(1)
    await source.query("CREATE TABLE elsewhere (id int)")
    await takeStatements()
    await runAll()
    expect(await takeStatements()).toHaveLength(1 + 2)
    await runDue()
    expect(await takeStatements()).toEqual([])
  })

  it("is of MariaDB three statements for the source and one for each due table", async () => {
    const mariadb = await startMariadb()
    try {
      await mariadb.query("CREATE TABLE a (id int PRIMARY KEY)")
      await mariadb.query("CREATE TABLE b (id int PRIMARY KEY, at datetime(6) NOT NULL)")
      await mariadb.query("INSERT INTO a VALUES (1)")
      await mariadb.query("INSERT INTO b VALUES (1, now(6))")
      const secrets = { SHOP_URL: mariadb.url }
      const { runAll, runDue } = await startIdle("mysql", { url: { secret: "SHOP_URL" } }, secrets)
      await mariadb.query("SET GLOBAL log_output = 'TABLE'")
      await mariadb.query("SET GLOBAL general_log = 1")
      const takeStatements = async () => {
        const asked = await mariadb.query(
          `SELECT argument FROM mysql.general_log
           WHERE command_type = 'Query' AND thread_id <> CONNECTION_ID() ORDER BY event_time`,
        )
        await mariadb.query("TRUNCATE mysql.general_log")
        return asked
      }
      await takeStatements()
      await runAll()
      expect(await takeStatements()).toHaveLength(3 + 2)
      await runDue()
      expect(await takeStatements()).toEqual([])
    } finally {
      await mariadb.stop()
    }
  })

  it("is of Supabase one request for the source and two for each due table: a page, and the empty one that ends it", async () => {
    const source = await postgres.createDatabase("rest")
    const lite = await startSupabaseLite(source)
    try {
      await source.query(`${tables} GRANT SELECT ON a, b TO service_role`)
      await lite.reload()
      const settings = { url: lite.url, key: { secret: "SHOP_KEY" } }
      const { runAll, runDue } = await startIdle("supabase", settings, { SHOP_KEY: lite.secretKey })
      lite.takeRequests()
      await runAll()
      expect(lite.takeRequests()).toHaveLength(1 + 2 * 2)
      await runDue()
      expect(lite.takeRequests()).toEqual([])
    } finally {
      await lite.stop()
    }
  })
})
