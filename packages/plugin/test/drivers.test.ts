import { afterAll, beforeAll, expect, it } from "vitest"
import { type Parts, startParts } from "./support/parts.ts"

let parts: Parts
beforeAll(async () => {
  parts = await startParts()
})
afterAll(() => parts.stop())

it("StarbaseDB's CronPlugin is given a task, and its tick runs what is due, however often it comes", async () => {
  await parts.client.query("CREATE TABLE ticked (id int PRIMARY KEY); INSERT INTO ticked VALUES (1)")
  const { post, query, settle } = parts.instance([{ table: "ticked" }], { cronHost: "https://db.example.com" })
  expect((await post("/replicate?due=true")).result.tables).toHaveLength(1)
  await query(`CREATE TABLE tmp_cron_tasks
    (name TEXT NOT NULL UNIQUE PRIMARY KEY, cron_tab TEXT NOT NULL, payload TEXT, callback_host TEXT, is_active INTEGER)`)
  for (let i = 0; i < 2; i++) await post("/replicate?due=true")
  expect(await query("SELECT name, cron_tab, callback_host FROM tmp_cron_tasks")).toEqual([
    ["starbase-replication", "* * * * *", "https://db.example.com"],
  ])

  await parts.client.query("INSERT INTO ticked VALUES (2)")
  await query("UPDATE tmp_replication_tables SET last_run_at = 1")
  // The tick comes with the client's token, and is answered by the CronPlugin.
  expect((await post("/cron/callback", "client")).result).toBe("from another handler")
  expect(await settle()).toBe(1)
  expect(await query("SELECT count(*) FROM ticked")).toEqual([[2]])
  for (let i = 0; i < 5; i++) await post("/cron/callback", "client")
  expect(await settle()).toBe(0)
})
