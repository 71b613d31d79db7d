import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { asking, Refused } from "./support/client.ts"
import { arrange, bring, keep, planOf, rebuild } from "./support/hub.ts"
import type { FeedRequest } from "../src/protocol.ts"

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

const items = planOf({ id: "integer", owner: "text", note: "text" })
const wider = planOf({ id: "integer", owner: "text", note: "text", more: "text" })
const fanOf = () => ({ column: "owner" })
const rows = [
  ["1", "a", "one"],
  ["2", "b", "two"],
]

const disasters: Readonly<Record<string, (object: SqliteObject) => Promise<unknown>>> = {
  "another table in its place": (object) => rebuild(object, wider, [["5", "a", "five", "more"]]),
  "a table without rows in its place": (object) => rebuild(object, wider, []),
  "its triggers gone, and a change": (object) =>
    object.execute("DROP TRIGGER tmp_replication_changed_ad_items; DELETE FROM items", []),
  "another column that says whose a row is": (object) => arrange(object, () => ({ column: "note" })),
  "a log that is trimmed": async (object) => {
    await object.execute("UPDATE tmp_replication_hub SET seq = seq + 1", [])
    await arrange(object, fanOf, 10, { ...keep, entries: 1 })
    await object.execute("UPDATE tmp_replication_hub SET trimmed = seq - 1; DELETE FROM tmp_replication_changes", [])
  },
  "a log that is begun anew": async (object) => {
    await object.execute("DROP TABLE tmp_replication_changes", [])
    await arrange(object, fanOf)
    await object.execute("UPDATE tmp_replication_hub SET seq = 100", [])
  },
  "no log any more": (object) =>
    object.execute("DELETE FROM tmp_replication_changes; DELETE FROM tmp_replication_hub", []),
}

/** The requests, by what a hub has told of itself before. */
const requests = (epoch: string, generation: string, seq: number): ReadonlyArray<FeedRequest> => {
  const table = { table: "items", generation, columns: ["id", "owner", "note"] }
  return [
    { method: "read", ...table, where: [], order: ["id"], limit: 10, maxBytes: 1000 },
    { method: "lookup", ...table, where: [], key: ["id"], keys: [["1"]] },
    { method: "highest", table: "items", generation, column: "note", where: [] },
    { method: "whole", ...table, where: [], rows: 10 },
    { method: "measure", ...table, where: [{ column: "note", op: "eq", value: "one!" }], weighed: true },
    { method: "changes", epoch, since: seq - 1, until: seq, skip: 0, tables: [table] },
  ]
}

/** An answer, after which disaster strikes before the statement of the given number. */
const struck = async (object: SqliteObject, request: FeedRequest, at: number, disaster: () => Promise<unknown>) => {
  let left = at
  const execute: SqliteObject["execute"] = async (sql, params) => {
    if (left-- === 0) await disaster()
    return object.execute(sql, params)
  }
  try {
    const answer = await asking(execute, { tenant: "a" })(request)
    return { answer: "lost" in answer && answer.lost ? "refused" : answer, hasStruck: left < 0 }
  } catch (error) {
    if (error instanceof Refused && /^(?:source-busy|table-missing)$/.test(error.code))
      return { answer: "refused", hasStruck: left < 0 }
    throw error
  }
}

describe.each(["read", "lookup", "highest", "whole", "measure", "changes"])("an answer to %s", (method) => {
  it.each(Object.entries(disasters))("is that of before or none, whenever it meets %s", async (_name, disaster) => {
    let hasStruck = true
    for (let at = 0; hasStruck; at += 1) {
      const object = objects.object()
      await bring(object, items, rows)
      await arrange(object, fanOf)
      await object.execute("UPDATE items SET note = note || '!'", [])
      const hello = await asking(object.execute, { tenant: "a" })({ method: "hello" })
      const generation = hello.tables[0]?.generation ?? ""
      const request = requests(hello.epoch, generation, hello.seq).find((one) => one.method === method)
      if (request === undefined) throw new Error(`no ${method}`)
      const calm = await asking(object.execute, { tenant: "a" })(request)
      expect(JSON.stringify(calm)).toMatch(method === "measure" ? /"rows":1\b/ : /one!/)
      const found = await struck(object, request, at, () => disaster(object))
      if (found.answer !== "refused") expect(found.answer).toEqual(calm)
      hasStruck = found.hasStruck
    }
  })
})

it("an answer about no table is of the epoch that was asked for, too", async () => {
  const object = objects.object()
  await bring(object, items, rows)
  await arrange(object, fanOf)
  const { epoch, seq } = await asking(object.execute, "all")({ method: "hello" })
  const request = { method: "changes", since: seq, until: seq, skip: 0, tables: [] } as const
  await expect(asking(object.execute, "all")({ ...request, epoch })).resolves.toMatchObject({
    left: false,
    lost: false,
  })
  await expect(asking(object.execute, "all")({ ...request, epoch: "another" })).resolves.toMatchObject({ lost: true })
})
