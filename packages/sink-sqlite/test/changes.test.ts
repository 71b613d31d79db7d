import { type ConnectorError, type Fan, type Plan, Sink } from "@starbase-replication/core/sink"
import { batchOf, begin, finished, planColumn, planOf, pull } from "@starbase-replication/connector-testing/plans"
import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/index.ts"

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

const using = <A>(object: SqliteObject, effect: Effect.Effect<A, ConnectorError, Sink>) =>
  Effect.runPromise(Effect.provide(effect, layer(object.execute)))

const keep = { age: 86_400_000, entries: 100_000 }

const arrange = (object: SqliteObject, fan: Fan | undefined, changed = 0, kept = keep) =>
  using(
    object,
    Effect.flatMap(
      Sink,
      ({ hub }) =>
        hub?.arrange(fan === undefined ? undefined : { fanOf: () => fan, keep: kept }, changed) ?? Effect.die("no hub"),
    ),
  )

const stateOf = (object: SqliteObject, fan: Fan) =>
  using(
    object,
    Effect.flatMap(Sink, ({ hub }) => hub?.state({ fanOf: () => fan, keep }) ?? Effect.die("no hub")),
  )

const query = (object: SqliteObject, sql: string) => object.execute(sql, [])
const entries = (object: SqliteObject) =>
  query(object, "SELECT tenant, seq, name, key FROM tmp_replication_changes ORDER BY seq, tenant, key")
const feed = (object: SqliteObject) => query(object, "SELECT name, generation FROM tmp_replication_feed")
const ours =
  "SELECT name FROM sqlite_master WHERE name GLOB 'tmp_replication_changed_*' OR name IN ('tmp_replication_hub', 'tmp_replication_changes', 'tmp_replication_fed', 'tmp_replication_feed')"

const plan = planOf({ id: "integer", owner: "text", note: "text" })
const byOwner = { column: "owner" }

/** A replica of a few rows, whose changes are logged. */
const fed = async (fan: Fan = byOwner, of: Plan = plan): Promise<SqliteObject> => {
  const object = objects.object()
  await using(
    object,
    pull(
      of,
      batchOf([
        ["1", "a", "one"],
        ["2", "b", "two"],
        ["3", null, "three"],
      ]),
    ),
  )
  await arrange(object, fan)
  object.takeRowsWritten()
  return object
}

describe("the log of changes", () => {
  it("has an entry for each row that a batch changes, of its tenant, and none for one that it does not", async () => {
    const object = await fed()
    const rows = [
      ["1", "a", "one"],
      ["2", "b", "changed"],
      ["3", null, "changed"],
      ["4", "a'", "new"],
    ]
    await using(object, pull(plan, batchOf(rows, { deletes: [["1"]] })))
    expect(await entries(object)).toEqual([
      ["n", 1, "items", '["3"]'],
      ["ta", 1, "items", '["1"]'],
      ["ta'", 1, "items", '["4"]'],
      ["tb", 1, "items", '["2"]'],
    ])
  })

  it("finds a tenant's rows by an index, which goes where tenants are no more", async () => {
    const object = await fed()
    const indexes = () =>
      query(object, "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = 'tmp_replication_fed_items'")
    expect(await indexes()).toEqual([['CREATE INDEX "tmp_replication_fed_items" ON "items" ("owner", "id")']])
    const plan = await query(object, "EXPLAIN QUERY PLAN SELECT id FROM items WHERE owner IN ('a') ORDER BY id LIMIT 9")
    expect(JSON.stringify(plan)).toContain("tmp_replication_fed_items")
    await arrange(object, "all")
    expect(await indexes()).toEqual([])
    await arrange(object, byOwner)
    expect(await indexes()).toHaveLength(1)
    await arrange(object, undefined)
    expect(await indexes()).toEqual([])
  })

  it("tells both tenants of a row that moves, and both keys of one whose key changes", async () => {
    const object = await fed()
    await query(object, "UPDATE items SET owner = 'b' WHERE id = 1")
    await query(object, "UPDATE items SET id = 20 WHERE id = 2")
    expect(await entries(object)).toEqual([
      ["ta", 1, "items", '["1"]'],
      ["tb", 1, "items", '["1"]'],
      ["tb", 1, "items", '["2"]'],
      ["tb", 1, "items", '["20"]'],
    ])
  })

  it("tells the tenant of a row that another one replaces, for which SQLite fires no trigger", async () => {
    const object = await fed()
    await query(object, "INSERT OR REPLACE INTO items VALUES (1, 'b', 'replaced')")
    await query(object, "UPDATE OR REPLACE items SET id = 2 WHERE id = 3")
    expect(await entries(object)).toEqual([
      ["n", 1, "items", '["2"]'],
      ["n", 1, "items", '["3"]'],
      ["ta", 1, "items", '["1"]'],
      ["tb", 1, "items", '["1"]'],
      ["tb", 1, "items", '["2"]'],
    ])
  })

  it.each(["OR ABORT", "OR FAIL", "OR ROLLBACK", "OR IGNORE", ""])(
    "breaks no statement that says %s of a conflict, whose word it would go by",
    async (conflict) => {
      const object = await fed()
      for (const turn of [1, 2, 3]) await query(object, `UPDATE ${conflict} items SET note = '${turn}' WHERE id = 1`)
      expect(await query(object, "SELECT note FROM items WHERE id = 1")).toEqual([["3"]])
      expect(await entries(object)).toHaveLength(1)
    },
  )

  it("is in the same statement as the change: what fails is not logged", async () => {
    const object = await fed()
    await expect(query(object, "INSERT INTO items VALUES (7, 'a', 'x'), (1, 'a', 'there already')")).rejects.toThrow()
    expect(await entries(object)).toEqual([])
  })

  it("disturbs no count of what a run writes and deletes", async () => {
    const counts = async (object: SqliteObject) => {
      const run = await using(object, begin(plan))
      await using(
        object,
        run.apply(
          batchOf([
            ["1", "c", "moved"],
            ["2", "b", "two"],
            ["8", "a", "new"],
          ]),
        ),
      )
      await using(object, run.apply(batchOf([["9", "a", "new"]], { deletes: [["2"], ["3"], ["77"]] })))
      const outcome = await using(object, run.finish(finished))
      const state = await query(object, "SELECT written, deleted FROM tmp_replication_tables")
      return { outcome, state, rows: await query(object, "SELECT * FROM items ORDER BY id") }
    }
    const without = objects.object()
    await using(
      without,
      pull(
        plan,
        batchOf([
          ["1", "a", "one"],
          ["2", "b", "two"],
          ["3", null, "three"],
        ]),
      ),
    )
    expect(await counts(await fed())).toEqual(await counts(without))
  })

  it("costs one written row for each changed one, two where it moves, and none for what stands under the open seq, and those of the tenants' index", async () => {
    const object = await fed()
    const billed = async (sql: string) => {
      object.takeRowsWritten()
      await query(object, sql)
      return object.takeRowsWritten()
    }
    expect(await billed("UPDATE items SET note = 'x' WHERE id = 1")).toBe(2)
    expect(await billed("UPDATE items SET note = 'y' WHERE id = 1")).toBe(1)
    expect(await billed("UPDATE items SET owner = 'z' WHERE id = 2")).toBe(4)
    expect(await billed("INSERT INTO items VALUES (9, 'q', 'q')")).toBe(3)
    expect(await billed("DELETE FROM items WHERE id = 9")).toBe(1)
  })

  it("costs nothing, and not a statement, where nobody replicates from here", async () => {
    const object = objects.object()
    const statements: Array<string> = []
    object.fault = (sql) => void statements.push(sql)
    await using(object, pull(plan, batchOf([["1", "a", "one"]])))
    await using(
      object,
      Effect.flatMap(Sink, ({ runs }) => runs),
    )
    const run = await using(object, begin(plan, { refresh: true }))
    await using(object, run.apply(batchOf([["1", "a", "one"]])))
    await using(object, run.swap ?? Effect.die("nothing to swap"))
    await using(object, run.finish(finished))
    await using(
      object,
      Effect.flatMap(Sink, ({ reset }) => reset("items")),
    )
    object.fault = undefined
    const about = statements.filter((sql) =>
      /tmp_replication_(?:hub|changes|changed|fed|feed)\b|tmp_replication_changed_/.test(sql),
    )
    // All that there is are conditions of what is asked anyway.
    expect(about.filter((sql) => !/SELECT .*FROM (?:tmp_replication_tables t|sqlite_master)/s.test(sql))).toEqual([])
    expect(await query(object, ours)).toEqual([])
  })

  it("has keys of every kind, each by its text", async () => {
    const keyed = planOf(
      [planColumn("u", "unsigned"), planColumn("b", "blob"), planColumn("t", "text"), planColumn("owner", "integer")],
      { key: ["u", "b", "t"] },
    )
    const object = objects.object()
    await using(object, pull(keyed, batchOf([["1", "00", "x", "1"]])))
    await arrange(object, byOwner)
    await using(
      object,
      pull(
        keyed,
        batchOf([
          ["18446744073709551615", "00ff", 'it\'s "x"', "-7"],
          ["9007199254740993", "", "é ", "7"],
        ]),
      ),
    )
    expect(await entries(object)).toEqual([
      ["t-7", 1, "items", '["18446744073709551615","00ff","it\'s \\"x\\""]'],
      ["t7", 1, "items", '["9007199254740993","","é "]'],
    ])
  })
})

describe("a table's generation", () => {
  /** Builds the replica anew with these rows and puts it in the place of the one that is fed. */
  const rebuild = async (object: SqliteObject, rows: ReadonlyArray<ReadonlyArray<string | null>>, of = plan) => {
    const run = await using(object, begin(of, { refresh: true }))
    await using(object, run.apply(batchOf(rows)))
    const swap = async () => {
      await using(object, run.swap ?? Effect.die("nothing to swap"))
      await using(object, run.finish(finished))
    }
    return { swap }
  }

  it("stays while nothing comes between, and over a swap, of which all that differs is logged", async () => {
    const object = await fed()
    const first = await feed(object)
    await arrange(object, byOwner)
    expect(object.takeRowsWritten()).toBe(0)
    expect(await feed(object)).toEqual(first)
    const built = await rebuild(object, [
      ["1", "a", "one"],
      ["2", "c", "moved"],
      ["4", "a", "new"],
    ])
    await query(object, "UPDATE items SET note = 'to the old one' WHERE id = 1")
    await built.swap()
    expect(await feed(object)).toEqual(first)
    expect(await entries(object)).toEqual([
      ["n", 1, "items", '["3"]'],
      ["ta", 1, "items", '["1"]'],
      ["ta", 1, "items", '["4"]'],
      ["tb", 1, "items", '["2"]'],
      ["tc", 1, "items", '["2"]'],
    ])
    await query(object, "DELETE FROM tmp_replication_changes; UPDATE items SET note = 'to the new one' WHERE id = 4")
    expect(await entries(object)).toEqual([["ta", 1, "items", '["4"]']])
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual(first)
  })

  it.each<[string, (object: SqliteObject) => Promise<unknown>]>([
    ["gives it to others", (object) => arrange(object, "all")],
    [
      "drops a trigger, and changes a row that nobody is told of",
      (object) => query(object, "DROP TRIGGER tmp_replication_changed_au_items; UPDATE items SET note = 'x'"),
    ],
  ])("is not the one of before where somebody %s in the midst of a swap", async (_what, meddle) => {
    const object = await fed()
    const first = await feed(object)
    let isMeddling = true
    const meddled = layer(async (sql, params) => {
      if (sql.includes("RENAME TO") && isMeddling) {
        isMeddling = false
        await meddle(object)
      }
      return object.execute(sql, params)
    })
    await Effect.runPromise(
      Effect.gen(function* () {
        const run = yield* begin(plan, { refresh: true })
        yield* run.apply(batchOf([["1", "a", "x"]]))
        yield* run.swap ?? Effect.die("nothing to swap")
        yield* run.finish(finished)
      }).pipe(Effect.provide(meddled)),
    )
    expect(isMeddling).toBe(false)
    expect(await feed(object)).toEqual([[null, null]])
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([["items", expect.any(String)]])
    expect(await feed(object)).not.toEqual(first)
  })

  it("logs nothing of a swap that changes nothing", async () => {
    const object = await fed()
    const rows = [
      ["1", "a", "one"],
      ["2", "b", "two"],
      ["3", null, "three"],
    ]
    await (await rebuild(object, rows)).swap()
    expect(await entries(object)).toEqual([])
  })

  it("is another one where a swap brings other columns, or more rows than are compared", async () => {
    const object = await fed()
    const first = await feed(object)
    const wider = planOf({ id: "integer", owner: "text", note: "text", more: "text" })
    await (await rebuild(object, [["1", "a", "one", "more"]], wider)).swap()
    const second = await feed(object)
    expect(second).toEqual([["items", expect.any(String)]])
    expect(second).not.toEqual(first)
    expect(await entries(object)).toEqual([])
    const built = await rebuild(object, [["1", "a", "one", "more"]], wider)
    await query(
      object,
      "WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 200100) INSERT INTO tmp_replication_next_items (id) SELECT i FROM n",
    )
    await built.swap()
    expect(await feed(object)).toEqual([["items", expect.any(String)]])
    expect(await feed(object)).not.toEqual(second)
    expect(await entries(object)).toEqual([])
  })

  it.each([
    ["another column says whose a row is", async (object: SqliteObject) => arrange(object, { column: "note" })],
    ["everybody gets it", async (object: SqliteObject) => arrange(object, "all")],
  ])("is another one where %s", async (_why, change) => {
    const object = await fed()
    const first = await feed(object)
    await change(object)
    expect(await feed(object)).toEqual([["items", expect.any(String)]])
    expect(await feed(object)).not.toEqual(first)
  })

  it.each(["ai", "au", "ad", "bi", "bu"])(
    "is none while trigger %s is gone or another one, and then another",
    async (kind) => {
      const object = await fed()
      const first = await feed(object)
      const name = `tmp_replication_changed_${kind}_items`
      await query(object, `DROP TRIGGER ${name}`)
      expect(await feed(object)).toEqual([[null, null]])
      await query(object, `CREATE TRIGGER ${name} AFTER INSERT ON items BEGIN SELECT 1; END`)
      expect(await feed(object)).toEqual([[null, null]])
      await arrange(object, byOwner)
      expect(await feed(object)).toEqual([["items", expect.any(String)]])
      expect(await feed(object)).not.toEqual(first)
    },
  )

  it("is none of a table that somebody has renamed, dropped or made anew", async () => {
    const object = await fed()
    await query(object, "ALTER TABLE items RENAME TO others")
    expect(await feed(object)).toEqual([[null, null]])
    await query(object, "CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT, note TEXT)")
    expect(await feed(object)).toEqual([[null, null]])
    await query(object, "DROP TABLE items")
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([[null, null]])
  })

  it("is none where another table has come into its place while it was to be fed", async () => {
    const object = objects.object()
    await using(object, pull(plan, batchOf([["1", "a", "one"]])))
    const wider = planOf({ id: "integer", owner: "text", note: "text", more: "text" })
    let isQuicker = true
    const slow = layer(async (sql, params) => {
      if (sql.includes("CREATE TRIGGER") && sql.includes("changed_ai_items") && isQuicker) {
        isQuicker = false
        await (await rebuild(object, [["1", "a", "one", "more"]], wider)).swap()
      }
      return object.execute(sql, params)
    })
    const fanning = { fanOf: () => byOwner, keep }
    const arranged = Effect.flatMap(Sink, ({ hub }) => hub?.arrange(fanning, 0) ?? Effect.die("no hub"))
    await Effect.runPromise(Effect.provide(arranged, slow))
    expect(isQuicker).toBe(false)
    expect(await feed(object)).toEqual([[null, null]])
    await arrange(object, byOwner)
    expect(await query(object, "SELECT json_array_length(described->'columns') FROM tmp_replication_feed")).toEqual([
      [4],
    ])
  })

  it("is none before a table was whole once", async () => {
    const object = objects.object()
    const run = await using(object, begin(plan))
    await using(object, run.apply(batchOf([["1", "a", "one"]])))
    await using(object, run.finish({ ...finished, syncedAt: undefined, more: true }))
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([[null, null]])
    await using(object, pull(plan, batchOf([["2", "a", "two"]])))
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([["items", expect.any(String)]])
  })
})

describe("a table that is given to nobody", () => {
  const withheld = async (of: Plan, fan: Fan) => {
    const object = objects.object()
    await using(object, pull(of, batchOf([of.columns.map(() => "1")])))
    await arrange(object, fan)
    expect(await feed(object)).toEqual([[null, null]])
    expect((await query(object, ours)).flat().filter((name) => String(name).includes("changed"))).toEqual([])
    return (await stateOf(object, fan))?.tables[0]?.withheld
  }

  it("says why", async () => {
    expect(await withheld(plan, "none")).toBeUndefined()
    expect(await withheld(plan, { column: "tenant" })).toMatch(/no column "tenant"/)
    expect(await withheld(planOf({ id: "integer", owner: "real" }), byOwner)).toMatch(/type real/)
    expect(await withheld(planOf({ id: "integer", owner: "blob" }), byOwner)).toMatch(/type blob/)
    expect(await withheld(planOf({ id: "real", owner: "text" }), byOwner)).toMatch(/key of doubles/)
  })
})

it("a table that cannot be fed is in nobody's way", async () => {
  const object = objects.object()
  const other = planOf({ id: "integer", owner: "text" }, { into: "other" })
  await using(object, pull(other, batchOf([["1", "a"]])))
  await using(object, pull(plan, batchOf([["1", "a", "one"]])))
  object.fault = (sql) => {
    if (sql.includes("changed_au_other")) throw new Error("refused by the test: SQLITE_ERROR")
  }
  await arrange(object, byOwner)
  object.fault = undefined
  expect(await feed(object)).toEqual([["items", expect.any(String)]])
})

describe("the bounds of the log", () => {
  const change = (object: SqliteObject, id: number) =>
    query(object, `INSERT INTO items VALUES (${id}, 'a', 'x') ON CONFLICT DO UPDATE SET note = note || 'x'`)
  const close = (object: SqliteObject) => query(object, "UPDATE tmp_replication_hub SET seq = seq + 1")
  const hub = async (object: SqliteObject) =>
    (await query(object, "SELECT seq, trimmed, entries FROM tmp_replication_hub"))[0]

  it("are kept by their number, whole seqs, the oldest first", async () => {
    const object = await fed()
    for (const seq of [1, 2, 3, 4]) {
      for (let id = 1; id <= 5; id += 1) await change(object, seq * 10 + id)
      await close(object)
    }
    await arrange(object, byOwner, 20, { ...keep, entries: 20 })
    expect(await entries(object)).toHaveLength(20)
    await change(object, 99)
    await arrange(object, byOwner, 1, { ...keep, entries: 20 })
    const [seq, trimmed, counted] = (await hub(object)) ?? []
    expect([trimmed, counted]).toEqual([2, 11])
    expect(Number(seq)).toBeGreaterThan(4)
    expect(new Set((await entries(object)).map(([, one]) => one))).not.toContain(2)
  })

  it("are kept by their age, also where nobody has read them", async () => {
    const object = await fed()
    await change(object, 50)
    await arrange(object, byOwner, 1, { ...keep, age: 1 })
    await change(object, 51)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await arrange(object, byOwner, 1, { ...keep, age: 10 })
    expect((await entries(object)).map(([, , , key]) => key)).toEqual(['["51"]'])
  })

  it("write nothing where nothing has changed", async () => {
    const object = await fed()
    await change(object, 50)
    await arrange(object, byOwner, 1)
    object.takeRowsWritten()
    await arrange(object, byOwner)
    await arrange(object, byOwner)
    expect(object.takeRowsWritten()).toBe(0)
  })
})

describe("a hub that is none any more", () => {
  it("leaves nothing behind", async () => {
    const object = await fed()
    await query(object, "UPDATE items SET note = 'x'")
    await arrange(object, undefined)
    expect(await query(object, ours)).toEqual([])
    await query(object, "UPDATE items SET note = 'y'")
  })

  it("begins a new epoch where it is one again, or a part of its log was lost", async () => {
    const object = await fed()
    const epoch = async () => (await query(object, "SELECT epoch FROM tmp_replication_hub")).flat()[0]
    const seen = new Set([await epoch()])
    for (const lose of [
      "DROP TABLE tmp_replication_changes",
      "DELETE FROM tmp_replication_hub",
      "DROP VIEW tmp_replication_feed",
    ]) {
      await query(object, lose)
      await arrange(object, byOwner)
      seen.add(await epoch())
      expect(await feed(object)).toEqual([["items", expect.any(String)]])
    }
    await arrange(object, undefined)
    await arrange(object, byOwner)
    seen.add(await epoch())
    expect(seen.size).toBe(5)
  })

  it("forgets an adopted table that is reset, which stays", async () => {
    const object = objects.object()
    await query(object, "CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT, note TEXT)")
    const adopted = { ...plan, adopt: true }
    await using(object, pull(adopted, batchOf([["1", "a", "one"]])))
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([["items", expect.any(String)]])
    await using(
      object,
      Effect.flatMap(Sink, ({ reset }) => reset("items")),
    )
    await arrange(object, byOwner)
    expect(await feed(object)).toEqual([[null, null]])
  })
})
