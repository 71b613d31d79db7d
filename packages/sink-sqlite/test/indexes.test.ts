import { type Plan, type ReplicaIndex, Sink } from "@starbase-replication/core/sink"
import { batchOf, begin, finished, planOf, pull, simple } from "@starbase-replication/connector-testing/plans"
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

const over = (...names: ReadonlyArray<string>): ReplicaIndex => ({
  columns: names.map((name) => ({ name: name.replace(/^-/, ""), descending: name.startsWith("-") })),
})

/** A run that brings nothing and wants some indexes. */
const index = async (object: SqliteObject, plan: Plan, ...wanted: ReadonlyArray<ReplicaIndex>) => {
  const run = await using(object, begin(plan, { claim: false }))
  await using(object, run.index?.(wanted) ?? Effect.die("no indexes"))
  return using(object, run.finish(finished))
}

const indexesOf = async (object: SqliteObject, table = "items") =>
  (
    await object.execute(
      `SELECT i.name LIKE 'tmp\\_replication\\_index\\_%' ESCAPE '\\', group_concat(x.name || iif(x."desc", ' DESC', ''), ', ' ORDER BY x.seqno), i."unique"
        FROM pragma_index_list(?) AS i, pragma_index_xinfo(i.name) AS x WHERE x.key GROUP BY i.name ORDER BY 2`,
      [table],
    )
  )
    .map(
      ([isOurs, parts, isUnique]) =>
        `${isOurs === 1 ? "" : "theirs: "}${String(parts)}${isUnique === 1 ? " unique" : ""}`,
    )
    .toSorted()

describe("the indexes of a replica", () => {
  const plan = planOf({ id: "integer", name: "text", at: "text" })
  const rows = [
    ["1", "one", "today"],
    ["2", "two", "today"],
  ]

  it("are those that are wanted, and cost nothing once they are there", async () => {
    const object = objects.object()
    await using(object, pull(plan, batchOf(rows)))
    await index(object, plan, over("name"), over("at", "-name"))
    expect(await indexesOf(object)).toEqual(["at, name DESC", "name"])
    object.takeRowsWritten()
    await index(object, plan, over("name"), over("at", "-name"))
    expect(object.takeRowsWritten()).toBe(0)
    await index(object, plan, over("at", "-name"), over("at"))
    expect(await indexesOf(object)).toEqual(["at", "at, name DESC"])
    await index(object, plan)
    expect(await indexesOf(object)).toEqual([])
    expect(await object.execute("SELECT count(*) FROM items", [])).toEqual([[2]])
  })

  it("leave those of others alone, and are none where these serve", async () => {
    const object = objects.object()
    await using(object, pull(plan, batchOf(rows)))
    await object.execute("CREATE UNIQUE INDEX by_name ON items (name)", [])
    await object.execute("CREATE INDEX some ON items (at) WHERE id > 1", [])
    await index(object, plan, over("name"), over("at"))
    expect(await indexesOf(object)).toEqual(["at", "theirs: at", "theirs: name unique"])
    // Where somebody makes the same later, the sink's goes.
    await object.execute("CREATE INDEX by_at ON items (at)", [])
    await index(object, plan, over("name"), over("at"))
    expect(await indexesOf(object)).toEqual(["theirs: at", "theirs: at", "theirs: name unique"])
    await index(object, plan)
    expect(await indexesOf(object)).toHaveLength(3)
  })

  it("come with a replica that is built anew, and go with the old one", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    await index(object, simple, over("name"))
    await object.execute("CREATE INDEX mine ON items (name, id)", [])
    const run = await using(object, begin(plan))
    await using(object, run.apply(batchOf(rows)))
    await using(object, run.index?.([over("at"), over("name")]) ?? Effect.die("no indexes"))
    expect(await indexesOf(object)).toEqual(["name", "theirs: name, id"])
    await using(object, run.swap ?? Effect.die("no swap"))
    await using(object, run.finish(finished))
    expect(await indexesOf(object)).toEqual(["at", "name", "theirs: name, id"])
    expect(
      await object.execute(
        "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name <> 'items' AND tbl_name NOT LIKE 'tmp%' AND tbl_name NOT LIKE '\\_cf%' ESCAPE '\\'",
        [],
      ),
    ).toEqual([[0]])
    await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.reset("items")),
    )
    expect(await indexesOf(object)).toEqual([])
  })

  it("are made by nobody who has lost the table", async () => {
    const object = objects.object()
    await using(object, pull(plan, batchOf(rows)))
    const late = await using(object, begin(plan, { claim: false }))
    await using(object, pull(plan, batchOf([["3", "three", "today"]])))
    const failed = await using(object, Effect.flip(late.index?.([over("name")]) ?? Effect.die("no indexes")))
    expect(failed.code).toBe("lease-lost")
    expect(await indexesOf(object)).toEqual([])
  })
})

describe("a column with a sort key", () => {
  it("is sorted by it as a number, every digit kept", async () => {
    const object = objects.object()
    const price = { name: "price", type: "decimal", sourceType: "numeric", nullable: true, as: undefined } as const
    const plan = planOf([
      { ...price, name: "id", type: "integer" },
      { ...price, sort: "price_sort" },
    ])
    await using(
      object,
      pull(
        plan,
        batchOf([
          ["1", "10.10", "200000021010"],
          ["2", "9.5", "2500000195"],
        ]),
      ),
    )
    await index(object, plan, over("price_sort"))
    expect(await object.execute("SELECT price FROM items ORDER BY price_sort", [])).toEqual([["10.10"], ["9.5"]])
    expect(await object.execute("EXPLAIN QUERY PLAN SELECT id FROM items WHERE price_sort > '2'", [])).toEqual([
      [
        expect.any(Number),
        0,
        expect.any(Number),
        expect.stringMatching(/USING (?:COVERING )?INDEX tmp_replication_index_/),
      ],
    ])
    const other = await using(object, begin(planOf([{ ...price, name: "id", type: "integer" }, price])))
    expect(other.swap).toBeDefined()
  })
})
