import { type Batch, type ConnectorError, type Plan, Sink } from "@starbase-replication/core/sink"
import * as kit from "@starbase-replication/connector-testing/plans"
import { type SqliteObject, type SqliteObjects, startSqliteObjects } from "@starbase-replication/test-servers"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Execute, layer } from "../src/index.ts"

const { batchOf, begin, finished } = kit

let objects: SqliteObjects
beforeAll(async () => {
  objects = await startSqliteObjects()
})
afterAll(() => objects.stop())

const planOf = (names: ReadonlyArray<string>, key: ReadonlyArray<string> = ["id"]): Plan =>
  kit.planOf(
    names.map((name) => kit.planColumn(name, "integer")),
    { key, deletes: { kind: "reconcile", every: 0 } },
  )

const using = <A>(execute: Execute, effect: Effect.Effect<A, ConnectorError, Sink>) =>
  Effect.runPromise(Effect.provide(effect, layer(execute)))
const load = (plan: Plan, rows: Batch["rows"], refresh = false) =>
  Effect.gen(function* () {
    const run = yield* begin(plan, { refresh })
    yield* run.apply(batchOf(rows))
    if (run.swap !== undefined) yield* run.swap
    yield* run.finish(finished)
  })

/** A replicator that falls asleep before a statement, whose lease then ends, and which wakes up once others have run. */
const asleep = (object: SqliteObject, before: RegExp, meanwhile: () => Promise<unknown>): Execute => {
  let isAwake = false
  return async (sql, params) => {
    if (before.test(sql) && !isAwake) {
      isAwake = true
      await object.execute("UPDATE tmp_replication_tables SET lease_until = 1 WHERE lease_until > 0", [])
      await meanwhile()
    }
    return object.execute(sql, params)
  }
}
const everything = async (object: SqliteObject) => [
  await object.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name", []),
  await object.execute("SELECT * FROM tmp_replication_tables", []),
  await object.execute("SELECT * FROM items ORDER BY id", []),
]

describe("a run that wakes up after its lease was taken", () => {
  const two = planOf(["id", "n"])
  const three = planOf(["id", "n", "added"])

  it.each([
    ["takes nothing for somebody else's", /tmp_replication_fence.*SELECT\s+EXISTS/s, begin(two), []],
    ["makes no replica table", /CREATE TABLE IF NOT EXISTS "items"/, begin(two), []],
    ["makes no apply", /CREATE TRIGGER "tmp_replication_apply_items"/, begin(two), []],
    ["drops no replica that was never complete", /DROP TABLE IF EXISTS "items"/, begin(three), ["incomplete"]],
    ["begins no rebuilding", /tmp_replication_next_items/, begin(two, { refresh: true }), ["complete"]],
    ["swaps nothing", /RENAME TO "items"/, load(two, [["9", "9"]], true), ["complete"]],
    [
      "forgets nothing",
      /DROP TABLE IF EXISTS "items"/,
      Effect.flatMap(Sink, (sink) => sink.reset("items")),
      ["complete"],
    ],
  ] as const)("%s", async (_, before, stale, [first]) => {
    const object = objects.object()
    if (first !== undefined) await using(object.execute, load(two, [["1", "1"]]))
    if (first === "incomplete") await object.execute("UPDATE tmp_replication_tables SET synced_at = NULL", [])
    let after: unknown
    const execute = asleep(object, before, async () => {
      await using(object.execute, load(two, [["2", "2"]]))
      after = await everything(object)
    })
    const code = await using(
      execute,
      Effect.matchEffect(stale, {
        onFailure: (error) => Effect.succeed(error.code),
        onSuccess: () => Effect.succeed("nothing"),
      }),
    )
    expect(code).toBe("lease-lost")
    expect(await everything(object)).toEqual(after)
  })
})

it("a run that finds a dead one's lease takes the table, even where it then changes nothing", async () => {
  const object = objects.object()
  const plan = planOf(["id", "n"])
  await using(object.execute, load(plan, [["1", "1"]]))
  const dead = await using(object.execute, begin(plan))
  await object.execute("UPDATE tmp_replication_tables SET lease_until = 1", [])
  const tick = await using(object.execute, begin(plan, { claim: false }))
  await using(object.execute, tick.finish(finished))
  await expect(using(object.execute, dead.apply(batchOf([["1", "0"]])))).rejects.toMatchObject({ code: "lease-lost" })
})

it("a lease holds nobody off that was given before the clock was set back", async () => {
  const object = objects.object()
  const plan = planOf(["id", "n"])
  await using(object.execute, begin(plan))
  const inAnHour = String(Date.now() + 3_600_000)
  await object.execute("UPDATE tmp_replication_tables SET lease_until = CAST(? AS INTEGER)", [inAnHour])
  const [run] = await using(
    object.execute,
    Effect.flatMap(Sink, ({ runs }) => runs),
  )
  expect(run?.running).toBe(false)
  await using(object.execute, load(plan, [["1", "1"]]))
  expect(await object.execute("SELECT id, n FROM items", [])).toEqual([[1, 1]])
})

it("a run whose clock is behind that of another one, or that was on its way meanwhile, takes nothing from it", async () => {
  const object = objects.object()
  const plan = planOf(["id", "n"])
  const held = await using(object.execute, begin(plan))
  const aheadBy = 5000
  await object.execute(`UPDATE tmp_replication_tables SET lease_until = lease_until + ${aheadBy}`, [])
  await expect(using(object.execute, begin(plan))).rejects.toMatchObject({ code: "busy" })
  const reset = Effect.flatMap(Sink, (sink) => sink.reset("items"))
  await expect(using(object.execute, reset)).rejects.toMatchObject({ code: "busy" })
  const [run] = await using(
    object.execute,
    Effect.flatMap(Sink, ({ runs }) => runs),
  )
  expect(run?.running).toBe(true)
  await using(object.execute, held.apply(batchOf([["1", "1"]])))
})

it("a swap forgets suspects and differences, whose keys may be of another kind", async () => {
  const object = objects.object()
  const plan = planOf(["id", "n"])
  await using(object.execute, load(plan, [["1", "1"]]))
  await object.execute(
    `INSERT INTO tmp_replication_suspects VALUES ('items', '["1"]'), ('other', '["1"]');
    INSERT INTO tmp_replication_differences VALUES ('items', '["1"]', 'extra')`,
    [],
  )
  await using(object.execute, load(planOf(["id", "n"], ["n", "id"]), [["1", "1"]]))
  expect(await object.execute("SELECT name FROM tmp_replication_suspects", [])).toEqual([["other"]])
  expect(await object.execute("SELECT name FROM tmp_replication_differences", [])).toEqual([])
})
