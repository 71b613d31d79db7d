import { type Mariadb, type MariadbDatabase, startMariadb } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { here, readAll, withLog } from "./support/log.ts"

/** A server whose commits wait for a replica that is not there, once they are in the log and before anybody sees them. */
let server: Mariadb
let database: MariadbDatabase
beforeAll(async () => {
  server = await startMariadb({ binlog: true, settings: { "rpl-semi-sync-master-wait-point": "AFTER_SYNC" } })
  database = await server.createDatabase("log_visible")
  await database.query("CREATE TABLE t (id int PRIMARY KEY)")
})
afterAll(() => server?.stop())

it("tells nothing that a read does not see yet, and waits for all that one may have seen", async () => {
  const from = await here(database.url)
  await server.query("SET GLOBAL rpl_semi_sync_master_timeout = 4000, GLOBAL rpl_semi_sync_master_enabled = 1")
  const written = database.query("INSERT INTO t VALUES (1)")
  const isLogged = async () => {
    const [row] = await server.query("SELECT @@gtid_binlog_pos")
    return String(row?.[0]) !== from
  }
  await expect.poll(isLogged, { timeout: 3000, interval: 20 }).toBe(true)
  const [row] = await server.query("SELECT COUNT(*) FROM log_visible.t")
  // Were it seen already, this would show nothing.
  expect(String(row?.[0])).toBe("0")
  const early = await readAll(database.url, ["t"], { from })
  expect(early).toMatchObject({ messages: [], read: { until: from, isWhole: true } })
  const now = await withLog(database.url, (log) =>
    Effect.gen(function* () {
      yield* log.standing([])
      expect(log.isPast(from, yield* log.keep)).toBe(true)
      return yield* log.now
    }),
  )
  await written
  await server.query("SET GLOBAL rpl_semi_sync_master_enabled = 0")
  const late = await readAll(database.url, ["t"], { from })
  expect(late.messages).toMatchObject([{ kind: "begin" }, { kind: "change", now: ["1"] }, { kind: "commit" }])
  await withLog(database.url, (log) => Effect.sync(() => expect(log.isPast(now, from)).toBe(true)))
})
