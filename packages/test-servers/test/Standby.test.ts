import { existsSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startPostgres } from "../src/Postgres.ts"
import type { Postgres, PostgresDatabase } from "../src/PostgresServer.ts"
import { type Standby, startStandby } from "../src/Standby.ts"

describe("startStandby", () => {
  let primary: Postgres
  let standby: Standby
  let written: PostgresDatabase
  let seen: PostgresDatabase
  const count = async () => (await seen.query("SELECT count(*)::int FROM t"))[0]?.[0]
  beforeAll(async () => {
    primary = await startPostgres({ settings: { max_connections: 71 } })
    written = await primary.createDatabase("shop")
    await written.query("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'before')")
    standby = await startStandby(primary)
    seen = standby.databaseNamed("shop")
  })
  afterAll(async () => {
    await standby?.stop()
    await primary?.stop()
  })

  it("has what its primary has, and is not written", async () => {
    expect(await standby.query("SELECT pg_is_in_recovery()")).toEqual([[true]])
    expect(await seen.query("SELECT id, v FROM t")).toEqual([[1, "before"]])
    await expect(seen.query("INSERT INTO t VALUES (2, 'here')")).rejects.toMatchObject({ code: "25006" })
  })

  it("has what is written once it has caught up, without a transaction of its own", async () => {
    for (let n = 2; n <= 20; n++) {
      await written.query(`INSERT INTO t VALUES (${n}, repeat('x', 100000))`)
      const [before] = await primary.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
      await standby.caughtUp()
      expect(await primary.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")).toEqual([before])
      expect(await count()).toBe(n)
    }
  })

  it("stands still while its replay is paused", async () => {
    await standby.pauseReplay()
    const [[before] = []] = await standby.query("SELECT pg_last_wal_replay_lsn()::text")
    await written.query("INSERT INTO t VALUES (21, 'unseen')")
    // It has received the row, and not replayed it.
    const [[position] = []] = await primary.query("SELECT pg_logical_emit_message(false, '', '', true)::text")
    await expect
      .poll(async () => (await standby.query("SELECT pg_last_wal_receive_lsn() >= $1", [position]))[0]?.[0])
      .toBe(true)
    expect(await standby.query("SELECT pg_last_wal_replay_lsn()::text")).toEqual([[before]])
    expect(await count()).toBe(20)
    await standby.resumeReplay()
    await standby.caughtUp()
    expect(await count()).toBe(21)
  })

  it("leaves nothing behind, beside another one", async () => {
    const other = await startStandby(primary)
    const [[data] = []] = await other.query("SHOW data_directory")
    expect(existsSync(String(data))).toBe(true)
    await other.stop()
    expect(existsSync(String(data))).toBe(false)
    await expect.poll(() => primary.query("SELECT count(*)::int FROM pg_replication_slots")).toEqual([[1]])
    await written.query("INSERT INTO t VALUES (22, 'after')")
    await standby.caughtUp()
    expect(await count()).toBe(22)
  })
})
