import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { beginShare } from "../src/config/Budget.ts"
import type { Plan } from "../src/plan/Plan.ts"
import { Source } from "../src/source/Source.ts"
import type { ColumnType, Row, Value } from "../src/table/Table.ts"
import { compareKeys } from "../src/table/KeyOrder.ts"
import type { Tally } from "../src/sync/Pull.ts"
import { pullTable } from "../src/sync/RangePull.ts"
import { firstPosition } from "../src/sync/Sweep.ts"
import { makeTouched } from "../src/sync/Touched.ts"
import { bare } from "./support/plan.ts"
import { RangeBench, unfit } from "./support/rangeBench.ts"

const planOf = (type: ColumnType, more: Partial<Plan> = {}): Plan => ({
  ...bare,
  columns: [
    { name: "id", type, sourceType: type, nullable: false, as: undefined },
    { name: "v", type: "text", sourceType: "text", nullable: true, as: undefined },
  ],
  deletes: { kind: "reconcile", every: 1000 },
  digests: true,
  batchSize: 4,
  ...more,
})

const position = { ...firstPosition(null, 0), startedAt: 0 }

/** One run, with a budget of so many rows. */
const pullOnce = async (bench: RangeBench, rows = 1_000_000) => {
  const tally: Tally = {
    read: 0,
    softDeleted: 0,
    pages: 0,
    syncedAt: undefined,
    more: false,
    anew: undefined,
    counted: undefined,
    isToCompareAnew: false,
  }
  bench.asked = []
  bench.applies = 0
  const budget = { millis: 1e9, rows, bytes: 1e9, queries: 1e9 }
  const share = beginShare({ budget, startedAt: 0, rows: 0, bytes: 0, queries: 0, waiting: 1 })
  const run = pullTable(
    bench.plan,
    position,
    bench.run(),
    { deadline: Number.MAX_SAFE_INTEGER, inFlight: undefined, share },
    tally,
  )
  const result = await Effect.runPromise(Effect.result(Effect.provideService(run, Source, bench.shape())))
  const code = Result.isFailure(result) ? result.failure.code : undefined
  return { ...tally, code }
}

/** Applies some of the source's rows as a pull by a cursor does. */
const bring = async (bench: RangeBench, keys: ReadonlyArray<string>) => {
  const run = bench.run()
  const cursor = bench.plan.columns[1]
  const rows = keys.flatMap((name): ReadonlyArray<Row> => {
    const value = bench.source.get(name)
    return value === undefined ? [] : [[name, value]]
  })
  const applied = Effect.gen(function* () {
    const touched = yield* makeTouched({ ...bench.plan, cursor }, run)(rows)
    yield* run.apply({ rows, rejects: [], deletes: [], ...touched, position, save: true })
  })
  await Effect.runPromise(Effect.ignore(applied))
}

/** Runs until nothing is left to do. */
const pullAll = async (bench: RangeBench, rows?: number) => {
  for (let runs = 0; runs < 500; runs++) {
    const ended = await pullOnce(bench, rows)
    if (ended.code !== undefined || !ended.more) return ended
  }
  throw new Error("there is always more to do")
}

const filled = async (count: number, plan = planOf("integer")) => {
  const bench = new RangeBench(plan)
  for (let id = 1; id <= count; id++) bench.source.set(String(id), "a")
  for (const [key, value] of bench.source) bench.replica.set(key, value)
  await pullAll(bench)
  return bench
}

describe("a pull by ranges", () => {
  it("reads all once, and then asks one question and writes nothing where nothing is changed", async () => {
    const bench = await filled(100)
    expect(bench.ranges?.list.length).toBeGreaterThan(5)
    const ended = await pullOnce(bench)
    expect(ended).toMatchObject({ read: 0, counted: 100, more: false })
    expect(ended.syncedAt).toBeDefined()
    expect(bench.asked).toEqual(["digest"])
    expect(bench.applies).toBe(0)
  })

  it("reads no more than the range of a change, and the next one finds all known", async () => {
    const bench = await filled(100)
    bench.source.set("50", null)
    const most = Math.max(...(bench.ranges?.list.map(({ count }) => count) ?? []))
    const ended = await pullOnce(bench)
    expect(ended.read).toBeLessThanOrEqual(most)
    expect(bench.replica.get("50")).toBeNull()
    expect(await pullOnce(bench)).toMatchObject({ read: 0, counted: 100 })
  })

  it("deletes what is gone at once, and looks up no key of another range", async () => {
    const bench = await filled(100)
    for (const key of ["7", "8", "93"]) bench.source.delete(key)
    expect(await pullOnce(bench)).toMatchObject({ counted: 97 })
    expect(bench.asked.filter((what) => what === "lookup").length).toBeLessThanOrEqual(2)
    expect(bench.rows(bench.replica)).toEqual(bench.rows(bench.source))
  })

  it("cuts ranges that have grown, and joins those that have shrunk", async () => {
    const bench = await filled(100)
    for (let id = 101; id <= 400; id++) bench.source.set(String(id), "b")
    await pullAll(bench)
    expect(Math.max(...(bench.ranges?.list.map(({ count }) => count) ?? []))).toBeLessThanOrEqual(40)
    expect(await pullOnce(bench)).toMatchObject({ read: 0, counted: 400 })
    const before = bench.ranges?.list.length ?? 0
    for (let id = 1; id <= 90; id++) bench.source.delete(String(id))
    await pullAll(bench)
    expect(bench.ranges?.list.length).toBeLessThan(before - 3)
    expect(await pullOnce(bench)).toMatchObject({ read: 0, counted: 310 })
  })

  it("stops where too many rows would leave, and goes on once that is confirmed or undone", async () => {
    const bench = await filled(300)
    for (let id = 1; id <= 200; id++) bench.source.delete(String(id))
    expect(await pullOnce(bench)).toMatchObject({ code: "delete-guard" })
    expect(bench.replica.size).toBe(300)
    expect(bench.reconciliation).toMatchObject({ phase: "gone", suspects: 200, rows: 300 })
    for (let id = 1; id <= 200; id++) bench.source.set(String(id), "a")
    expect(await pullAll(bench)).toMatchObject({ code: undefined, counted: 300 })
    expect(bench.reconciliation).toBeUndefined()

    for (let id = 1; id <= 200; id++) bench.source.delete(String(id))
    await pullOnce(bench)
    if (bench.reconciliation !== undefined) bench.reconciliation = { ...bench.reconciliation, confirmed: true }
    expect(await pullAll(bench)).toMatchObject({ code: undefined, counted: 100 })
    expect(bench.replica.size).toBe(100)
    expect(bench.reconciliation).toBeUndefined()
  })

  it("goes on where a run ended, and does not count what an earlier run compared", async () => {
    const bench = await filled(100)
    for (const name of bench.source.keys()) bench.source.set(name, "b")
    expect(await pullAll(bench, 7)).toMatchObject({ code: undefined, counted: undefined })
    expect(await pullOnce(bench)).toMatchObject({ read: 0, counted: 100 })
  })

  it("does not take a range for known in which a row has left and another come while it was read", async () => {
    const bench = await filled(3)
    bench.source.set("1", "b")
    bench.source.delete("3")
    bench.before = (step) => {
      if (step !== "ask" || bench.asked.at(-1) !== "lookup") return
      bench.source.delete("1")
      bench.source.set("3", "a")
    }
    await pullOnce(bench)
    bench.before = () => {}
    expect(bench.untrue()).toEqual([])
    await pullOnce(bench)
    expect(bench.rows(bench.replica)).toEqual(bench.rows(bench.source))
  })

  it("leaves rows that are gone where the config says so", async () => {
    const bench = await filled(20, planOf("integer", { deletes: { kind: "ignore" } }))
    bench.source.delete("5")
    expect(await pullOnce(bench)).toMatchObject({ more: false })
    expect(bench.replica.has("5")).toBe(true)
    expect(await pullOnce(bench)).toMatchObject({ read: 0 })
  })

  it("tries a row again that was set aside, and writes nothing for it", async () => {
    const bench = await filled(20)
    bench.source.set("5", unfit)
    expect(await pullOnce(bench)).toMatchObject({ counted: undefined })
    const again = await pullOnce(bench)
    expect(again.read).toBeGreaterThan(0)
    expect(again.read).toBeLessThan(20)
    bench.source.set("5", "c")
    expect(await pullOnce(bench)).toMatchObject({ counted: 20 })
  })

  it("reads all again where rows are pulled in another way", async () => {
    const bench = await filled(20)
    const other = new RangeBench(planOf("integer", { deletes: { kind: "soft", column: "v" } }))
    bench.source.forEach((value, key) => other.source.set(key, value))
    other.ranges = bench.ranges
    expect(await pullOnce(other)).toMatchObject({ read: 20, softDeleted: 20 })
  })
})

/** What happens at a source, or to a run, between two steps of a pull. */
type Event =
  | { readonly kind: "set"; readonly key: number; readonly value: Value }
  | { readonly kind: "delete"; readonly key: number }
  | { readonly kind: "move"; readonly key: number; readonly to: number }
  | { readonly kind: "fail" }
  | { readonly kind: "nothing" }

const key = fc.integer({ min: -3, max: 30 })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Event>({ kind: "nothing" }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("set" as const),
      key,
      value: fc.constantFrom<Value>(null, "", "a", "b", unfit),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("move" as const), key, to: key }) },
  { weight: 1, arbitrary: fc.constant<Event>({ kind: "fail" }) },
)

describe.each(["integer", "text"] as const)("random histories with keys of the type %s", (type) => {
  const nameOf = (id: number) => (type === "integer" ? String(id) : `${"é\u{1F600}\u{E000}z"[id & 3]}${id}`)

  it("know of each range what the replica holds, whenever a run ends, and end with what the source has", async () => {
    const history = fc.record({
      rows: fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 30 }),
      events: fc.array(event, { maxLength: 80 }),
      runs: fc.array(
        fc.record({ budget: fc.constantFrom(1, 3, 8, 1000), brought: fc.uniqueArray(key, { maxLength: 3 }) }),
        { minLength: 1, maxLength: 12 },
      ),
      batchSize: fc.constantFrom(1, 2, 4),
    })
    await fc.assert(
      fc.asyncProperty(history, async ({ rows, events, runs, batchSize }) => {
        const bench = new RangeBench(planOf(type, { batchSize }))
        for (const id of rows) bench.source.set(nameOf(id), "a")
        bench.source.forEach((value, name) => bench.replica.set(name, value))
        const left = [...events]
        const hold = () => expect(bench.untrue()).toEqual([])
        bench.before = (step) => {
          hold()
          const next = left.shift()
          if (next?.kind === "set") bench.source.set(nameOf(next.key), next.value)
          if (next?.kind === "delete") bench.source.delete(nameOf(next.key))
          if (next?.kind === "move" && bench.source.has(nameOf(next.key))) {
            bench.source.set(nameOf(next.to), bench.source.get(nameOf(next.key)) ?? null)
            bench.source.delete(nameOf(next.key))
          }
          if (next?.kind === "fail" && step === "apply") throw new Error("the store failed")
        }
        for (const { budget, brought } of runs) {
          await bring(bench, brought.map(nameOf))
          hold()
          await pullOnce(bench, budget)
          hold()
        }
        bench.before = hold
        for (const [name, value] of bench.source) if (value === unfit) bench.source.set(name, "c")
        await pullAll(bench)
        await pullAll(bench)
        expect(bench.rows(bench.replica)).toEqual(bench.rows(bench.source))
        expect(await pullOnce(bench)).toMatchObject({ read: 0, counted: bench.source.size })
        expect(bench.applies).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})

it("keys have one order on both sides", () => {
  const ordered: ReadonlyArray<readonly [ColumnType, ReadonlyArray<string>]> = [
    ["integer", ["-100", "-20", "-3", "0", "3", "20", "100", "9223372036854775807"]],
    ["unsigned", ["0", "9", "10", "18446744073709551615"]],
    ["real", ["-1.5", "-0.25", "0.1", "2.0", "1e+21"]],
    ["decimal", ["-1", "10", "2"]],
    ["text", ["", "a", "ab", "é", "\u{E000}", "\u{FFFF}", "\u{1F600}"]],
  ]
  for (const [type, keys] of ordered) {
    const compare = compareKeys([{ type }])
    expect(keys.toReversed().toSorted((a, b) => compare([a], [b]))).toEqual(keys)
  }
  expect(compareKeys([{ type: "integer" }, { type: "text" }])(["9", "b"], ["10", "a"])).toBeLessThan(0)
})
