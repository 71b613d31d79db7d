import { type ConnectorError, Sink } from "@starbase-replication/core/sink"
import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { readdirSync, readFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { layer } from "../src/index.ts"
import { storeVersion } from "../src/internal/store.ts"
import { dump } from "./stores/dump.ts"
import * as store from "./stores/fill.ts"

const folder = new URL("stores/", import.meta.url)
const kept = readdirSync(folder).filter((name) => name.endsWith(".sql"))

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

const using = <A, E>(object: SqliteObject, effect: Effect.Effect<A, E, Sink>) =>
  Effect.runPromise(Effect.provide(effect, layer(object.execute)))
const ask = <A, E>(object: SqliteObject, question: (sink: Sink["Service"]) => Effect.Effect<A, E>) =>
  using(object, Effect.flatMap(Sink, question))
const failing = (object: SqliteObject, effect: Effect.Effect<unknown, ConnectorError, Sink>) =>
  using(object, Effect.flip(effect))

const opened = async (name: string): Promise<SqliteObject> => {
  const object = objects.object()
  await object.execute(readFileSync(new URL(name, folder), "utf8"), [])
  return object
}
const newest = `${storeVersion}.sql`

const atNewYear = Effect.gen(function* () {
  const clock = yield* TestClock.make()
  yield* clock.setTime(Date.UTC(2026, 0, 1))
  return yield* Effect.provideService(store.fill, Clock.Clock, clock)
}).pipe(Effect.scoped)

it("keeps a store of each version, the newest one as this release makes it", async () => {
  const object = objects.object()
  await using(object, atNewYear)
  // A version that was released is what it is: where this fails then, count `storeVersion` up.
  await expect(await dump(object)).toMatchFileSnapshot(`stores/${newest}`)
  const all = Array.from({ length: storeVersion }, (_, n) => `${n + 1}.sql`)
  expect(kept.toSorted()).toEqual(all)
})

describe.each(kept)("a store as %s", (name) => {
  it("is opened, once, and tells what it told", async () => {
    const object = await opened(name)
    const tables = await ask(object, ({ states }) => states)
    const drift = { changes: ['column "extra" added'] }
    expect(tables).toMatchObject([
      { table: "comparing", more: true, verifying: true, differences: 1, position: store.position },
      { table: "items", rows: 2, rejects: 1, paused: true, failures: 0, drift },
      { table: "never", rows: 0, failures: 1, error: store.error, errorSince: 1_767_225_600_000, retryAt: 5 },
      { table: "rebuilding", rows: 2, rebuilding: true, position: store.position },
    ])
    const sources = [{ source: "shop", failures: 1, retryAt: 7, error: store.error, errorSince: 1_767_225_600_000 }]
    expect(await ask(object, (sink) => sink.sources)).toEqual(sources)
    expect(await ask(object, (sink) => sink.history({ table: undefined, limit: 9 }))).toHaveLength(4)
    object.takeRowsWritten()
    await ask(object, ({ runs }) => runs)
    expect(object.takeRowsWritten()).toBe(0)
    expect(await object.execute("SELECT version FROM tmp_replication_store", [])).toEqual([[storeVersion]])
  })

  it("is gone on with", async () => {
    const object = await opened(name)
    const items = await using(object, store.begin(store.planOf("items")))
    expect(items).toMatchObject({ swap: undefined, stored: { position: store.position, failures: 0 } })
    await using(object, items.apply(store.batchOf([["1", "changed", null]])))
    expect(await using(object, items.finish(store.ended))).toEqual({ written: 1, deleted: 0, rejected: 0 })

    const comparing = await using(object, store.begin(store.planOf("comparing")))
    const { reconciliation, verification } = store
    expect(comparing).toMatchObject({ swap: undefined, stored: { reconciliation, verification } })
    expect(await using(object, comparing.ranges)).toEqual(store.ranges)
    expect(await using(object, comparing.findings.suspects(9))).toEqual([["1"]])
    expect(await using(object, comparing.findings.differences(undefined, 9))).toEqual([{ kind: "extra", key: ["2"] }])

    const next = await using(object, store.begin(store.planOf("rebuilding")))
    expect(next.stored.position).toEqual(store.nextPosition)
    await using(object, next.apply(store.batchOf(store.rows.slice(1))))
    await using(object, next.swap ?? Effect.die("no swap"))
    expect(await object.execute("SELECT name FROM rebuilding ORDER BY id", [])).toEqual([["anew"], ["two"]])
  })

  it("is left as it is where it is not known", async () => {
    const object = await opened(name)
    await object.execute("DROP VIEW tmp_replication_store", [])
    await object.execute(`CREATE VIEW tmp_replication_store AS SELECT ${storeVersion + 1} AS version`, [])
    const before = await dump(object)
    const table = { into: "items", source: "shop", sourceTable: "public.items" }
    const plan = store.planOf("items")
    for (const use of [
      ({ begin }) => begin(plan, { claim: true, refresh: true, seen: undefined, again: Effect.succeed(plan) }),
      ({ runs }) => runs,
      ({ states }) => states,
      ({ sources }) => sources,
      ({ history }) => history({ table: undefined, limit: 1 }),
      ({ confirm }) => confirm("items"),
      ({ fail }) => fail(table, store.error, { at: 1 }),
      ({ noteSource }) => noteSource("shop", undefined),
      ({ setPaused }) => setPaused("items", false),
      ({ reset }) => reset("items"),
    ] satisfies ReadonlyArray<(sink: Sink["Service"]) => Effect.Effect<unknown, ConnectorError>>) {
      const error = await failing(object, Effect.flatMap(Sink, use))
      expect(error.describe()).toMatchObject({ code: "store-unknown", hint: expect.stringContaining("again") })
    }
    expect(await dump(object)).toBe(before)
  })
})

it("a store whose making was cut short is made, and one without a version whose tables are others is refused", async () => {
  const object = objects.object()
  await using(object, atNewYear)
  await object.execute("DROP VIEW tmp_replication_store", [])
  await object.execute("DROP TABLE tmp_replication_history", [])
  await ask(object, ({ runs }) => runs)
  expect(await object.execute("SELECT version FROM tmp_replication_store", [])).toEqual([[storeVersion]])
  await object.execute("DROP VIEW tmp_replication_store", [])
  await object.execute("ALTER TABLE tmp_replication_tables ADD COLUMN other", [])
  expect(
    await failing(
      object,
      Effect.flatMap(Sink, ({ runs }) => runs),
    ),
  ).toMatchObject({ code: "store-unknown" })
})

describe("a table of which something is kept in a form that is not known", () => {
  const unknown = async (column: string, table = "comparing") => {
    const object = await opened(newest)
    const change = `json_set(coalesce(${column}, '{}'), '$.version', 99)`
    await object.execute(`UPDATE tmp_replication_tables SET ${column} = ${change} WHERE name = ?`, [table])
    return object
  }
  const nothing = {
    position: undefined,
    failures: 0,
    reconciliation: undefined,
    reconciledAt: undefined,
    verification: undefined,
    verificationEndedAt: undefined,
  }
  const namesOf = async (object: SqliteObject, table = "comparing") =>
    (await object.execute(`SELECT name FROM ${table} ORDER BY id`, [])).flat()

  it.each(["plan", "position", "reconciliation", "verification"])("is built anew for its %s", async (column) => {
    const object = await unknown(column)
    const plan = store.planOf("comparing")
    const first = await using(object, store.begin(plan))
    expect(first.stored).toEqual(nothing)
    await using(object, first.apply(store.batchOf([["5", "five", null]], { position: store.nextPosition })))
    await using(object, first.finish({ ...store.ended, syncedAt: undefined, more: true }))
    expect(await namesOf(object)).toEqual(["one", "two"])

    const second = await using(object, store.begin(plan))
    expect(second.stored).toEqual({ ...nothing, position: store.nextPosition })
    await using(object, second.swap ?? Effect.die("no swap"))
    await using(object, second.finish(store.ended))
    expect(await namesOf(object)).toEqual(["five"])

    const third = await using(object, store.begin(plan))
    expect(third).toMatchObject({ swap: undefined, stored: { ...nothing, position: store.nextPosition } })
    expect(await using(object, third.findings.suspects(9))).toEqual([])
    expect(await using(object, third.findings.countDifferences)).toBe(0)
  })

  it("is made anew at once where it was never complete", async () => {
    const object = await unknown("position")
    await object.execute("UPDATE tmp_replication_tables SET synced_at = NULL", [])
    const run = await using(object, store.begin(store.planOf("comparing")))
    expect(run).toMatchObject({ swap: undefined, stored: nothing })
    expect(await namesOf(object)).toEqual([])
    expect(await using(object, run.findings.suspects(9))).toEqual([])
  })

  it.each(["next_plan", "next_position"])("begins its rebuilding anew for its %s", async (column) => {
    const object = await unknown(column, "rebuilding")
    const run = await using(object, store.begin(store.planOf("rebuilding")))
    expect(run.stored).toEqual(nothing)
    expect(await namesOf(object, "tmp_replication_next_rebuilding")).toEqual([])
    expect(await namesOf(object, "rebuilding")).toEqual(["one", "two"])
  })

  it.each(["freeze", "fail"] as const)(
    "waits for an operator where its drift is to %s and its plan is it",
    async (drift) => {
      const object = await unknown("plan")
      const plan = store.planOf("comparing", { drift })
      expect(await failing(object, store.begin(plan))).toMatchObject({ code: "schema-changed" })
      expect((await using(object, store.begin(plan, true))).swap).toBeDefined()
    },
  )
})
