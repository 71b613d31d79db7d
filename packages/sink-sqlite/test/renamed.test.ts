import { type Plan, Sink } from "@starbase-replication/core/sink"
import {
  batchOf,
  begin,
  finished,
  planColumn,
  planOf,
  pull,
  simple,
} from "@starbase-replication/connector-testing/plans"
import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/index.ts"

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

const using = <A, E>(object: SqliteObject, effect: Effect.Effect<A, E, Sink>) =>
  Effect.runPromise(Effect.provide(effect, layer(object.execute)))

/** `id` and `createdAt` by other names; with `table` all that the source tells of. */
const renamed = (more: Partial<Plan> = {}): Plan =>
  planOf(
    [
      { ...planColumn("id", "integer"), into: "no" },
      { ...planColumn("createdAt", "text"), into: "created_at" },
    ],
    more,
  )

const namesOf = async (object: SqliteObject) =>
  (await object.execute("SELECT name FROM pragma_table_info('items')", [])).map(([name]) => name)

/** Builds the replica anew, as a run that meets drift does. */
const rebuild = async (object: SqliteObject, plan: Plan, rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const run = await using(object, begin(plan))
  expect(run.swap).toBeDefined()
  await using(object, run.apply(batchOf(rows)))
  await using(object, run.swap ?? Effect.void)
  await using(object, run.finish(finished))
}

describe("a column by another name", () => {
  it("has it in the table, which keeps an integer key as its rowid", async () => {
    const object = objects.object()
    await using(object, pull(renamed(), batchOf([["1", "today"]])))
    expect(await object.execute("SELECT rowid, no, created_at FROM items", [])).toEqual([[1, 1, "today"]])
  })

  it("leaves nothing behind under the name that it had", async () => {
    const object = objects.object()
    await using(object, pull(renamed(), batchOf([["1", "today"]])))
    await rebuild(object, planOf({ id: "integer", createdAt: "text" }), [["1", "today"]])
    expect(await namesOf(object)).toEqual(["id", "createdAt"])
    const [state] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.states),
    )
    expect(state?.drift?.changes).toEqual([
      'column "id" was called "no" here and is called "id"',
      'column "createdAt" was called "created_at" here and is called "createdAt"',
    ])
  })

  it("stays by that name, NULL, once the source has dropped it, which is asked of it by its own", async () => {
    const object = objects.object()
    await using(object, pull(renamed(), batchOf([["1", "today"]])))
    const narrower = planOf([{ ...planColumn("id", "integer"), into: "no" }])
    const run = await using(object, begin(narrower))
    expect(run.dropped).toEqual(["createdAt"])
    await using(object, run.finish({ ...finished, more: true }))
    await rebuild(object, narrower, [["1"]])
    expect(await object.execute("SELECT no, created_at FROM items", [])).toEqual([[1, null]])
  })

  it("leaves no column that the config leaves out, though the source has it", async () => {
    const object = objects.object()
    await using(object, pull(planOf({ id: "integer", name: "text", blob_a: "text" }), batchOf([["1", "one", "x"]])))
    const { table } = planOf({ id: "integer", name: "text", blob_a: "text" })
    await rebuild(object, { ...simple, table }, [["1", "one"]])
    expect(await namesOf(object)).toEqual(["id", "name"])
  })

  it("takes over a table that has the column by that name alone", async () => {
    const object = objects.object()
    await object.execute("CREATE TABLE items (no INTEGER PRIMARY KEY, created_at TEXT)", [])
    await using(object, pull(renamed({ adopt: true }), batchOf([["1", "today"]])))
    expect(await object.execute("SELECT no, created_at FROM items", [])).toEqual([[1, "today"]])
  })
})
