import { ConnectorError, type Plan, Sink } from "@starbase-replication/core/sink"
import {
  batchOf,
  begin,
  finished,
  planOf,
  positionAt,
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

const using = <A>(object: SqliteObject, effect: Effect.Effect<A, ConnectorError, Sink>, leaseMillis?: number) =>
  Effect.runPromise(Effect.provide(effect, layer(object.execute, leaseMillis === undefined ? {} : { leaseMillis })))

const failing = (object: SqliteObject, effect: Effect.Effect<unknown, ConnectorError, Sink>): Promise<ConnectorError> =>
  using(
    object,
    Effect.matchEffect(effect, {
      onFailure: Effect.succeed,
      onSuccess: () => Effect.die("it did not fail"),
    }),
  )

const rowsOf = async (object: SqliteObject, sql: string) => object.execute(sql, [])

describe("values", () => {
  it("stores each type as its column says, and integers exactly over the whole int64 range", async () => {
    const object = objects.object()
    const plan = planOf({
      id: "integer",
      r: "real",
      b: "boolean",
      x: "blob",
      d: "decimal",
      t: "timestamptz",
      j: "json",
      u: "unsigned",
    })
    await using(
      object,
      pull(
        plan,
        batchOf([
          [
            "-9223372036854775808",
            "0.1",
            "1",
            "00ff",
            "1.10",
            "2024-01-01T00:00:00.123456Z",
            '{"a": 1.0}',
            "9223372036854775807",
          ],
          ["9223372036854775807", "NaN", "0", "", "99999999999999999999.5", "infinity", "[]", "18446744073709551615"],
          ["0", "-Infinity", null, null, null, null, null, "7"],
        ]),
      ),
    )
    expect(
      await rowsOf(
        object,
        `SELECT CAST(id AS TEXT), r, typeof(r), b, hex(x), typeof(x), d, typeof(d), t, j, CAST(u AS TEXT), typeof(u) FROM items ORDER BY id`,
      ),
    ).toEqual([
      [
        "-9223372036854775808",
        0.1,
        "real",
        1,
        "00FF",
        "blob",
        "1.10",
        "text",
        "2024-01-01T00:00:00.123456Z",
        '{"a": 1.0}',
        "9223372036854775807",
        "integer",
      ],
      ["0", "-Infinity", "text", null, "", "null", null, "null", null, null, "7", "integer"],
      [
        "9223372036854775807",
        "NaN",
        "text",
        0,
        "",
        "blob",
        "99999999999999999999.5",
        "text",
        "infinity",
        "[]",
        "18446744073709551615",
        "text",
      ],
    ])
  })

  it("keeps every double", async () => {
    const object = objects.object()
    const doubles = [
      5e-324,
      2.2250738585072014e-308,
      1.7976931348623157e308,
      0.1 + 0.2,
      1e23,
      9007199254740994,
      123456789.12345679,
    ]
    const random = Array.from({ length: 3000 }, () => {
      const bits = crypto.getRandomValues(new Uint8Array(8))
      return new DataView(bits.buffer).getFloat64(0)
    }).filter((value) => Number.isFinite(value) && value !== 0)
    const all = [...doubles, ...random]
    await using(
      object,
      pull(planOf({ id: "integer", r: "real" }), batchOf(all.map((value, i) => [String(i), String(value)]))),
    )
    expect((await rowsOf(object, "SELECT r FROM items ORDER BY id")).map(([value]) => value)).toEqual(all)
  })

  it("keeps hostile text, names and a table of 100 columns", async () => {
    const object = objects.object()
    const names = [
      "select",
      'we"ird',
      "ünïcode",
      "__proto__",
      "with space",
      "'quoted'",
      "--",
      "t",
      "excluded",
      "value",
      "key",
    ]
    const columns = Object.fromEntries(
      [...names, ...Array.from({ length: 89 }, (_, i) => `c${i}`)].map((name) => [name, "text" as const]),
    )
    // An object literal's __proto__ would set the prototype, so the plan is built from pairs.
    const plan: Plan = {
      ...planOf({}, { key: ["select", 'we"ird'] }),
      into: `odd "name"; DROP TABLE x; --`,
      columns: [...names, ...Array.from({ length: 89 }, (_, i) => `c${i}`)].map((name) => ({
        name,
        type: "text",
        sourceType: "text",
        nullable: true,
        as: undefined,
      })),
    }
    expect(plan.columns.length).toBe(100)
    expect(Object.keys(columns).length).toBeGreaterThan(90)
    const text = `'"\\ \u{1F600} \u0001 \u2028 '); DROP TABLE items; --`
    const row = plan.columns.map((_, i) => `${text}${i}`)
    expect(await using(object, pull(plan, batchOf([row])))).toEqual({ written: 1, deleted: 0, rejected: 0 })
    expect(await rowsOf(object, `SELECT * FROM "odd ""name""; DROP TABLE x; --"`)).toEqual([row])
    expect(await using(object, pull(plan, batchOf([row])))).toEqual({ written: 0, deleted: 0, rejected: 0 })
  })
})

describe("apply", () => {
  it("counts changed rows and bills nothing for unchanged ones", async () => {
    const object = objects.object()
    const rows = Array.from({ length: 100 }, (_, i) => [String(i), `name ${i}`])
    expect(await using(object, pull(simple, batchOf(rows)))).toEqual({ written: 100, deleted: 0, rejected: 0 })
    object.takeRowsWritten()
    expect(await using(object, pull(simple, batchOf(rows), { claim: false }))).toEqual({
      written: 0,
      deleted: 0,
      rejected: 0,
    })
    expect(object.takeRowsWritten()).toBe(0)
    rows[7] = ["7", "changed"]
    expect(await using(object, pull(simple, batchOf(rows), { claim: false }))).toEqual({
      written: 1,
      deleted: 0,
      rejected: 0,
    })
    expect(await rowsOf(object, "SELECT name FROM items WHERE id = 7")).toEqual([["changed"]])
  })

  it("bills one write for a new row, whatever its key", async () => {
    for (const plan of [
      simple,
      planOf({ id: "text", n: "text" }),
      planOf({ a: "integer", b: "text", n: "text" }, { key: ["a", "b"] }),
    ]) {
      const object = objects.object()
      await using(object, pull(plan, batchOf([plan.columns.map(() => "0")])))
      object.takeRowsWritten()
      const rows = Array.from({ length: 50 }, (_, i) => plan.columns.map(() => String(i + 1)))
      await using(object, begin(plan).pipe(Effect.flatMap((run) => run.apply(batchOf(rows)))))
      // One for claiming the table, one for its position.
      expect(object.takeRowsWritten()).toBe(52)
    }
  })

  it("undoes rows, position and lease together when anything in it fails", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    await object.execute(
      `CREATE TRIGGER boom BEFORE UPDATE ON tmp_replication_tables WHEN NEW.position IS NOT OLD.position BEGIN SELECT RAISE(ABORT, 'boom'); END`,
      [],
    )
    const before = await rowsOf(object, "SELECT position FROM tmp_replication_tables")
    const error = await failing(object, pull(simple, batchOf([["2", "two"]])))
    expect(error.code).toBe("storage")
    await object.execute("DROP TRIGGER boom", [])
    expect(await rowsOf(object, "SELECT id FROM items")).toEqual([[1]])
    expect(await rowsOf(object, "SELECT position FROM tmp_replication_tables")).toEqual(before)
  })

  it("cuts a batch so that no parameter reaches 1 MB, its position saved with the last part alone", async () => {
    const object = objects.object()
    const rows = Array.from({ length: 30 }, (_, i) => [String(i), "é".repeat(100_000)])
    let largest = 0
    const reached: Array<ReadonlyArray<unknown>> = []
    const counting: SqliteObject = {
      ...object,
      execute: async (sql, params) => {
        for (const param of params) largest = Math.max(largest, Buffer.byteLength(param ?? ""))
        const answer = await object.execute(sql, params)
        if (sql.startsWith('INSERT INTO "tmp_replication_apply')) {
          const state = "SELECT (SELECT max(id) FROM items), position->>'$.after[0]' FROM tmp_replication_tables"
          reached.push(...(await rowsOf(object, state)))
        }
        return answer
      },
    }
    await using(object, pull(simple, batchOf([], { position: positionAt(["as before"]) })))
    const batch = batchOf(rows, { position: positionAt(["the end"]) })
    expect(await using(counting, pull(simple, batch))).toMatchObject({ written: 30 })
    expect(reached.length).toBeGreaterThan(2)
    expect(reached.at(-1)).toEqual([29, "the end"])
    expect(reached.slice(0, -1).every(([, after]) => after === "as before")).toBe(true)
    expect(largest).toBeLessThanOrEqual(1_000_000)
    expect(largest).toBeGreaterThan(500_000)
    expect(await rowsOf(object, "SELECT count(*), sum(length(name)) FROM items")).toEqual([[30, 3_000_000]])
  })

  it("brings a row of 1 MB in two parameters and sets a larger one aside", async () => {
    const object = objects.object()
    const wide = "\u{1F600}".repeat(250_000)
    const rows = [
      ["1", "small"],
      ["2", wide],
      ["3", "x".repeat(2_100_000)],
      ["4", "small"],
    ]
    expect(await using(object, pull(simple, batchOf(rows)))).toEqual({ written: 3, deleted: 0, rejected: 1 })
    expect(await rowsOf(object, "SELECT name FROM items WHERE id = 2")).toEqual([[wide]])
    const [reject] = await rowsOf(object, "SELECT name, key, column_name, reason FROM tmp_replication_rejects")
    expect(reject?.slice(0, 3)).toEqual(["items", '["3"]', null])
    expect(reject?.[3]).toMatch(/bytes/)
    rows[2] = ["3", "shorter"]
    expect(await using(object, pull(simple, batchOf(rows)))).toMatchObject({ written: 1, rejected: 0 })
    expect(await rowsOf(object, "SELECT * FROM tmp_replication_rejects")).toEqual([])
  })

  it("sets a row aside in which a value is no text, and takes what only looks like one", async () => {
    const object = objects.object()
    const rows = [
      ["1", "\\ud800"],
      ["2", "a\udffdb"],
      ["3", "\u{1F600}"],
    ]
    expect(await using(object, pull(simple, batchOf(rows)))).toEqual({ written: 2, deleted: 0, rejected: 1 })
    expect(await rowsOf(object, "SELECT name FROM items ORDER BY id")).toEqual([["\\ud800"], ["\u{1F600}"]])
    expect(await rowsOf(object, "SELECT key, column_name, reason FROM tmp_replication_rejects")).toEqual([
      ['["2"]', "name", "the text value is no text"],
    ])
    await using(object, pull(simple, batchOf([["2", "mended"]])))
    expect(await rowsOf(object, "SELECT * FROM tmp_replication_rejects")).toEqual([])
  })

  it("finds the row that a constraint of the replica refuses and sets it alone aside", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["0", "zero"]])))
    await object.execute("CREATE UNIQUE INDEX names ON items (name)", [])
    const rows = Array.from({ length: 64 }, (_, i) => [String(i), i === 41 ? "name 7" : `name ${i}`])
    expect(await using(object, pull(simple, batchOf(rows)))).toEqual({ written: 63, deleted: 0, rejected: 1 })
    expect(await rowsOf(object, "SELECT key, reason FROM tmp_replication_rejects")).toEqual([
      ['["41"]', "UNIQUE constraint failed: items.name"],
    ])
  })
})

describe("lease", () => {
  it("answers busy to a second run, and lets the next one in after the end", async () => {
    const object = objects.object()
    const run = await using(object, begin(simple))
    expect((await failing(object, begin(simple))).code).toBe("busy")
    expect((await failing(object, begin(simple, { claim: false }))).code).toBe("busy")
    await using(object, run.finish(finished))
    await using(object, pull(simple, batchOf([["1", "one"]])))
  })

  it("fences a run whose lease another has taken", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const stale = await using(object, begin(simple), 0)
    const winner = await using(object, begin(simple))
    expect((await failing(object, stale.apply(batchOf([["2", "stale"]])))).code).toBe("lease-lost")
    expect((await failing(object, stale.finish(finished))).code).toBe("lease-lost")
    await using(object, winner.apply(batchOf([["3", "three"]])))
    expect(await rowsOf(object, "SELECT id FROM items ORDER BY id")).toEqual([[1], [3]])
  })

  it("lets only one of two runs without a claim write", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const first = await using(object, begin(simple, { claim: false }))
    const second = await using(object, begin(simple, { claim: false }))
    await using(object, first.apply(batchOf([["2", "first"]])))
    expect((await failing(object, second.apply(batchOf([["2", "second"]])))).code).toBe("lease-lost")
    await using(object, first.apply(batchOf([["3", "first"]])))
    expect(await using(object, first.finish(finished))).toEqual({ written: 2, deleted: 0, rejected: 0 })
  })
})

describe("the replica table", () => {
  it("is never one that somebody else made, unless told to adopt it", async () => {
    const object = objects.object()
    await object.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)", [])
    await object.execute("INSERT INTO items VALUES (5, 'mine')", [])
    expect((await failing(object, begin(simple))).code).toBe("table-not-ours")
    expect((await failing(object, begin(simple))).code).toBe("table-not-ours")
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[5, "mine"]])
    await using(object, pull({ ...simple, adopt: true }, batchOf([["6", "new"]])))
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([
      [5, "mine"],
      [6, "new"],
    ])
  })

  it("is adopted only where it can hold the rows exactly", async () => {
    for (const [ddl, problem] of [
      ["CREATE TABLE items (id INTEGER PRIMARY KEY)", 'no column "name"'],
      ["CREATE TABLE items (id INTEGER PRIMARY KEY, name NUMERIC)", "NUMERIC"],
      ["CREATE TABLE items (id INTEGER, name TEXT)", "unique"],
    ] as const) {
      const object = objects.object()
      await object.execute(ddl, [])
      const error = await failing(object, begin({ ...simple, adopt: true }))
      expect(error.code).toBe("table-not-ours")
      expect(error.message).toContain(problem)
    }
  })

  it("is made again, from the start, when somebody dropped it", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    await object.execute("DROP TABLE items", [])
    const run = await using(object, begin(simple))
    expect(run.stored.position).toBeUndefined()
    await using(object, run.apply(batchOf([["1", "one"]])))
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[1, "one"]])
  })

  it("is built anew beside the old one when the columns changed, and then swapped in", async () => {
    const object = objects.object()
    await using(object, pull(planOf({ id: "integer", name: "text", old: "text" }), batchOf([["1", "one", "x"]])))
    await object.execute("CREATE INDEX by_name ON items (name)", [])
    await object.execute("CREATE VIEW names AS SELECT name FROM items", [])
    await object.execute("CREATE TABLE log (id)", [])
    await object.execute("CREATE TRIGGER logged AFTER INSERT ON items BEGIN INSERT INTO log VALUES (NEW.id); END", [])
    const changed = planOf({ id: "integer", name: "text", extra: "text" })
    const first = await using(object, begin(changed))
    expect(first.stored.position).toBeUndefined()
    await using(object, first.apply(batchOf([["1", "one", "more"]])))
    await using(object, first.finish({ ...finished, more: true, syncedAt: undefined }))
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[1, "one", "x"]])

    const second = await using(object, begin(changed))
    expect(second.stored.position).toEqual(positionAt(["1"]))
    await using(object, second.apply(batchOf([["2", "two", "more"]])))
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[1, "one", "x"]])
    await using(object, second.swap ?? Effect.die("no swap"))
    await using(object, second.finish(finished))
    expect(await rowsOf(object, "SELECT id, name, extra, old FROM items")).toEqual([
      [1, "one", "more", null],
      [2, "two", "more", null],
    ])
    expect(await rowsOf(object, "SELECT * FROM names")).toEqual([["one"], ["two"]])
    expect(await rowsOf(object, "SELECT count(*) FROM pragma_index_list('items') WHERE name = 'by_name'")).toEqual([
      [1],
    ])
    await using(object, pull(changed, batchOf([["3", "three", "more"]])))
    expect(await rowsOf(object, "SELECT * FROM log")).toEqual([[3]])
    const [state] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.states),
    )
    expect(state).toMatchObject({
      rebuilding: false,
      drift: { changes: ['column "extra" added', 'column "old" dropped'] },
    })
  })

  it("is neither dropped nor swapped where a view that is broken already would stop the swap", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    await object.execute("CREATE TABLE gone (id)", [])
    await object.execute("CREATE VIEW tmp_broken AS SELECT id FROM gone", [])
    await object.execute("DROP TABLE gone", [])
    const run = await using(object, begin(simple, { refresh: true }))
    await using(object, run.apply(batchOf([["1", "new"]])))
    expect((await failing(object, run.swap ?? Effect.void)).code).toBe("storage")
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[1, "one"]])
    await object.execute("DROP VIEW tmp_broken", [])
    await using(object, run.swap ?? Effect.die("no swap"))
    expect(await rowsOf(object, "SELECT * FROM items")).toEqual([[1, "new"]])
  })

  it("keeps to its columns, or waits for an operator, where the config says so", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const wider = planOf({ extra: "text", id: "integer", name: "text" }, { key: ["id"] })
    const frozen = await using(object, begin({ ...wider, drift: "freeze" }))
    expect(frozen.plan.columns.map(({ name }) => name)).toEqual(["id", "name"])
    expect(frozen.swap).toBeUndefined()
    await using(object, frozen.finish(finished))
    const narrower = planOf({ id: "integer" })
    for (const plan of [{ ...wider, drift: "fail" } as const, { ...narrower, drift: "freeze" } as const]) {
      const error = await failing(object, begin(plan))
      expect(error.code).toBe("schema-changed")
      expect(error.message).toMatch(/column "(?:extra" added|name" dropped)/)
    }
    expect((await using(object, begin({ ...wider, drift: "fail" }, { refresh: true }))).swap).toBeDefined()
  })

  it("keeps to its columns where it is frozen and built anew at each run", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const wider = planOf({ id: "integer", name: "text", extra: "text" }, { drift: "freeze", mode: "full" })
    expect((await using(object, begin(wider, { refresh: true }))).plan.columns).toHaveLength(2)
  })

  it.each(["freeze", "fail"] as const)(
    "has the source's columns after a refresh of several runs: %s",
    async (drift) => {
      const object = objects.object()
      await using(object, pull(simple, batchOf([["1", "one"]])))
      const wider = planOf({ id: "integer", name: "text", extra: "text" }, { drift })
      const first = await using(object, begin(wider, { refresh: true }))
      expect(first.plan.columns).toHaveLength(3)
      await using(object, first.apply(batchOf([["1", "one", "more"]])))
      await using(object, first.finish({ ...finished, more: true }))
      const second = await using(object, begin(wider))
      expect(second.stored.position).toEqual(positionAt(["1"]))
      await using(object, second.swap ?? Effect.die("no swap"))
      await using(object, second.finish(finished))
      expect(await rowsOf(object, "SELECT id, name, extra FROM items")).toEqual([[1, "one", "more"]])
      expect((await using(object, begin(wider))).plan.columns).toHaveLength(3)
    },
  )

  it("is not mixed up with one whose name is like the project's own", async () => {
    const object = objects.object()
    const names = ["x", "next_x", "apply_x", "apply_next_x"]
    for (const into of names) await using(object, pull({ ...simple, into }, batchOf([["1", into]])))
    const rebuilding = await using(object, begin({ ...simple, into: "x" }, { refresh: true }))
    for (const into of names.slice(1)) await using(object, pull({ ...simple, into }, batchOf([["2", into]])))
    await using(object, rebuilding.apply(batchOf([["3", "x"]])))
    expect(await rowsOf(object, "SELECT id, name FROM x")).toEqual([[1, "x"]])
    await using(object, rebuilding.swap ?? Effect.die("no swap"))
    expect(await rowsOf(object, "SELECT id, name FROM x")).toEqual([[3, "x"]])
    for (const into of names.slice(1)) {
      expect(await rowsOf(object, `SELECT id, name FROM ${into}`)).toEqual([
        [1, into],
        [2, into],
      ])
    }
  })

  it("is forgotten by a reset", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.reset("items")),
    )
    expect(await rowsOf(object, "SELECT name FROM sqlite_master WHERE name LIKE '%items%'")).toEqual([])
    expect((await using(object, begin(simple))).stored.position).toBeUndefined()
  })

  it("is scanned again when the cursor changes", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const kept = await using(object, begin(simple))
    expect(kept.stored.position).toEqual(positionAt(["1"]))
    await using(object, kept.finish(finished))
    const column = { name: "name", type: "text", sourceType: "text", nullable: true } as const
    const run = await using(object, begin({ ...simple, cursor: column }))
    expect(run.stored.position).toBeUndefined()
  })
})

describe("states", () => {
  it("says nothing before the first run, and then where each table stands", async () => {
    const object = objects.object()
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.states),
      ),
    ).toEqual([])
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.runs),
      ),
    ).toEqual([])
    await using(
      object,
      pull(
        simple,
        batchOf([
          ["1", "one"],
          ["2", "two"],
        ]),
      ),
    )
    const error = new ConnectorError({ code: "unreachable", message: "no route" }).describe()
    const run = await using(object, begin(simple))
    await using(object, run.finish({ ...finished, syncedAt: undefined, error, retry: { at: 5 } }))
    const [state] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.states),
    )
    expect(state).toMatchObject({
      table: "items",
      source: "shop",
      sourceTable: "public.items",
      rows: 2,
      running: false,
      syncedAt: 1,
      error,
      failures: 1,
    })
    expect(state?.lastRunAt).toBeGreaterThanOrEqual(state?.lastSuccessAt ?? Number.POSITIVE_INFINITY)
    expect(
      await rowsOf(object, "SELECT name, written, error IS NULL FROM tmp_replication_history ORDER BY id"),
    ).toEqual([
      ["items", 2, 1],
      ["items", 0, 0],
    ])
  })

  it("notes failures of tables that could not begin", async () => {
    const object = objects.object()
    const error = new ConnectorError({ code: "table-missing", message: "gone" }).describe()
    const table = { into: "items", source: "shop", sourceTable: "public.items" }
    await using(
      object,
      Effect.flatMap(Sink, (sink) =>
        Effect.andThen(sink.fail(table, error, { blockedBy: "x" }), sink.fail(table, error, { blockedBy: "x" })),
      ),
    )
    const [state] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.states),
    )
    expect(state).toMatchObject({ table: "items", rows: 0, error, failures: 2 })
  })

  it("keeps when a failed table or source is tried again, and what is paused", async () => {
    const object = objects.object()
    await using(object, pull(simple, batchOf([["1", "one"]])))
    const error = new ConnectorError({ code: "unreachable", message: "no route" }).describe()
    const run = await using(object, begin(simple))
    expect(run.stored.failures).toBe(0)
    await using(object, run.finish({ ...finished, syncedAt: undefined, error, retry: { at: 5 } }))
    const [failed] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.runs),
    )
    expect(failed).toMatchObject({ table: "items", failures: 1, retryAt: 5, paused: false })
    const source = { error, retryAt: 7 }
    await using(
      object,
      Effect.flatMap(Sink, (sink) => Effect.andThen(sink.noteSource("shop", source), sink.noteSource("shop", source))),
    )
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.sources),
      ),
    ).toMatchObject([{ source: "shop", failures: 2, retryAt: 7, error }])
    await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.noteSource("shop", undefined)),
    )
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.sources),
      ),
    ).toEqual([])

    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.setPaused("items", true)),
      ),
    ).toBe(true)
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.setPaused("others", true)),
      ),
    ).toBe(false)
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.runs),
      ),
    ).toMatchObject([{ paused: true, retryAt: 5 }])
    await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.setPaused("items", false)),
    )
    const [resumed] = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.runs),
    )
    expect(resumed).toMatchObject({ paused: false, failures: 1 })
    expect(resumed?.retryAt).toBeUndefined()

    const history = await using(
      object,
      Effect.flatMap(Sink, (sink) => sink.history({ table: "items", limit: 1 })),
    )
    expect(history).toMatchObject([{ table: "items", written: 0, error }])
    expect(
      await using(
        object,
        Effect.flatMap(Sink, (sink) => sink.history({ table: "x", limit: 9 })),
      ),
    ).toEqual([])
  })
})
