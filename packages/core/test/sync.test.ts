import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { beginShare } from "../src/config/Budget.ts"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import type { Plan } from "../src/plan/Plan.ts"
import { Sink, type SinkShape } from "../src/sink/Sink.ts"
import type { Batch } from "../src/sink/Batch.ts"
import type { Outcome, SinkRun } from "../src/sink/SinkRun.ts"
import { pageOf } from "../src/source/Page.ts"
import { Source, type SourceShape } from "../src/source/Source.ts"
import type { Position } from "../src/state/Position.ts"
import type { Ahead } from "../src/sync/Ahead.ts"
import type { InFlight } from "../src/sync/InFlight.ts"
import { resume } from "../src/sync/Sweep.ts"
import { syncTable } from "../src/sync/Sync.ts"
import { bare } from "./support/plan.ts"

const plan: Plan = {
  ...bare,
  into: "items",
  source: "shop",
  table: { name: { name: "items" }, kind: "table", columns: [], key: ["id"] },
  columns: [{ name: "id", type: "integer", sourceType: "bigint", nullable: false, as: undefined }],
  cursor: { name: "id", type: "integer", sourceType: "bigint", nullable: false },
  batchSize: 100,
}
const tail: Position = {
  version: 1,
  sweep: "tail",
  after: null,
  trail: { high: "1", marks: [{ from: "1", next: "5" }], open: [] },
  startedAt: 0,
  began: null,
}
const unused = Effect.die("this is not asked for")

/** Runs a table from a source that fails, or whose transactions go on, into a sink that fails. */
const sync = async (
  source: Partial<SourceShape>,
  sink: Partial<SinkRun>,
  verifies = false,
  more: Partial<Plan> = {},
  ahead?: (plan: Plan) => Ahead,
) => {
  const outcomes: Array<Outcome> = []
  const batches: Array<Batch> = []
  let next = 10
  const run: SinkRun = {
    plan: { ...plan, ...more },
    stored: {
      position: tail,
      failures: 0,
      reconciliation: undefined,
      reconciledAt: undefined,
      verification: undefined,
      verificationEndedAt: undefined,
    },
    swap: undefined,
    renew: () => unused,
    replica: {
      countRows: Effect.succeed(0),
      keys: () => Effect.succeed([]),
      rows: () => unused,
      summarize: () => unused,
      compare: () => Effect.succeed([]),
      present: () => unused,
      countWithin: () => unused,
      setAside: () => unused,
    },
    findings: {
      suspects: () => unused,
      differences: () => Effect.succeed([]),
      countDifferences: Effect.succeed(0),
      clearDifferences: Effect.void,
      noteVerification: () => Effect.void,
      completeVerification: () => Effect.void,
    },
    ranges: unused,
    countFilled: unused,
    apply: (batch) => Effect.sync(() => batches.push(batch)),
    finish: (outcome) =>
      Effect.sync(() => {
        outcomes.push(outcome)
        return { written: 0, deleted: 0, rejected: 0 }
      }),
    ...sink,
  }
  const shape: SourceShape = {
    list: () => unused,
    describe: () => unused,
    read: (request) => Effect.sync(() => pageOf(request, { rows: [[String(next)]], done: true, bytes: 1 })),
    lookup: () => unused,
    highest: () => unused,
    transactions: Effect.sync(() => ({ next: String(next++), open: [] })),
    ...source,
  }
  await syncTable(run.plan, {
    deadline: Number.POSITIVE_INFINITY,
    share: beginShare({
      budget: { millis: 1, rows: 1e9, bytes: 1e9, queries: 1e9 },
      startedAt: 0,
      rows: 0,
      bytes: 0,
      queries: 0,
      waiting: 1,
    }),
    claim: true,
    fingerprint: "as configured",
    refresh: false,
    ahead: ahead?.(run.plan),
    verify: verifies ? { repair: false } : undefined,
    inFlight: { next: "9", open: [], before: 1 },
    seen: undefined,
    again: Effect.die("the plan is as new as the table"),
  }).pipe(
    Effect.provideService(Source, shape),
    Effect.provideService(Sink, { begin: () => Effect.succeed(run) } as unknown as SinkShape),
    Effect.runPromise,
  )
  return { outcome: outcomes[0], batches }
}

describe("a run", () => {
  it("has not finished its sweep where the last page could not be applied", async () => {
    const refused = new ConnectorError({ code: "storage", message: "refused" })
    const { outcome } = await sync({}, { apply: () => Effect.fail(refused) })
    expect(outcome).toMatchObject({ syncedAt: undefined, error: { code: "storage" } })
    expect((await sync({}, {})).outcome?.syncedAt).toBe(1)
  })

  it.each([
    ["column-missing", { at: expect.any(Number) }],
    ["schema-changed", { at: expect.any(Number) }],
    ["delete-guard", { at: expect.any(Number) }],
    ["forbidden", { at: expect.any(Number), blockedBy: "as configured" }],
    ["unsupported", { blockedBy: "as configured" }],
  ] as const)("that fails with %s in its midst is tried again as it should", async (code, retry) => {
    const { outcome } = await sync({ read: () => Effect.fail(new ConnectorError({ code, message: "" })) }, {})
    expect(outcome?.retry).toEqual(retry)
  })

  it("applies a large page in pieces, each with the position that it reaches", async () => {
    const rows = Array.from({ length: 35_000 }, (_, index) => [String(index + 1)])
    const { outcome, batches } = await sync(
      { read: (request) => Effect.succeed(pageOf(request, { rows, done: true, bytes: 1 })) },
      {},
    )
    expect(batches.map((batch) => batch.rows.length)).toEqual([12_000, 12_000, 11_000])
    expect(batches.flatMap((batch) => batch.rows)).toEqual(rows)
    expect(batches.map(({ position }) => position.after)).toEqual([["12000"], ["24000"], null])
    expect(batches.map(({ save }) => save)).toEqual([false, false, true])
    expect(outcome).toMatchObject({ read: 35_000, pages: 1 })
  })

  it("lets others have a turn between two pieces of a page", async () => {
    const events: Array<string> = []
    let goesOn = true
    const other = () => {
      events.push("other")
      if (goesOn) setImmediate(other)
    }
    setImmediate(other)
    const rows = Array.from({ length: 60_000 }, (_, index) => [String(index + 1)])
    await sync(
      { read: (request) => Effect.succeed(pageOf(request, { rows, done: true, bytes: 1 })) },
      { apply: () => Effect.sync(() => events.push("piece")) },
    )
    goesOn = false
    const pieces = events.flatMap((event, index) => (event === "piece" ? [index] : []))
    expect(pieces.length).toBe(5)
    expect(pieces.every((at) => events[at - 1] === "other")).toBe(true)
  })

  it("asks for the next page before the rows of the last one are made", async () => {
    const events: Array<string> = []
    const pages = [["3", "4"], ["7"], []]
    const read: SourceShape["read"] = ({ after }) =>
      Effect.sync(() => {
        events.push(`after ${after?.join()}`)
        const ids = pages.shift() ?? []
        return {
          length: ids.length,
          last: ids.length === 0 ? undefined : ids.slice(-1),
          done: ids.length === 0,
          bytes: 1,
          rows: Effect.sync(() => {
            events.push(`rows ${ids.join()}`)
            return ids.map((id) => [id])
          }),
        }
      })
    const { outcome, batches } = await sync({ read }, {})
    expect(events).toEqual(["after undefined", "after 4", "rows 3,4", "after 7", "rows 7", "rows "])
    expect(batches.flatMap(({ rows }) => rows)).toEqual([["3"], ["4"], ["7"]])
    expect(outcome).toMatchObject({ read: 3, pages: 3, syncedAt: 1 })
  })

  it("ends where the rows of a page cannot be made, and keeps those before it", async () => {
    const unreadable = new ConnectorError({ code: "unsupported", message: "" })
    const read: SourceShape["read"] = ({ after }) =>
      Effect.succeed({
        length: 1,
        last: [after === undefined ? "1" : "2"],
        done: false,
        bytes: 1,
        rows: after === undefined ? Effect.succeed([["1"]]) : Effect.fail(unreadable),
      })
    const { outcome, batches } = await sync({ read }, {})
    expect(batches.map(({ rows, position }) => [rows, position.after])).toEqual([[[["1"]], ["1"]]])
    expect(outcome).toMatchObject({ error: { code: "unsupported" }, syncedAt: undefined })
  })

  it("asks for the transactions in flight again before the second sweep of a verification", async () => {
    const { batches } = await sync({}, {}, true)
    expect(batches.map(({ position }) => position.trail?.marks.at(-1))).toEqual([
      { from: "1", next: "5" },
      { from: "10", next: "10" },
    ])
  })
})

it.each([
  ["as many", 1, [["1"]], []],
  ["more", 2, [["1"]], [[["1"], ["2"]]]],
  ["as many, of which one is marked as deleted", 2, [["1"], ["0"]], [[["1"], ["2"]]]],
])("a verification looks up the keys where not all rows are the source's: %s", async (_, rows, shown, asked) => {
  const lookups: Array<ReadonlyArray<ReadonlyArray<string>>> = []
  const found = await sync(
    {
      read: (request) => Effect.sync(() => pageOf(request, { rows: shown, done: true, bytes: 1 })),
      lookup: ({ keys }) => Effect.sync(() => (lookups.push(keys), [["1"]])),
    },
    {
      replica: {
        countRows: Effect.succeed(rows),
        countWithin: () => unused,
        keys: (after) => Effect.succeed(after === undefined ? [["1"], ["2"]] : []),
        rows: () => unused,
        summarize: () => unused,
        compare: () => Effect.succeed([]),
        present: () => Effect.succeed([]),
        setAside: () => unused,
      },
    },
    true,
    shown.length > 1 ? { deletes: { kind: "soft", column: "id" } } : {},
  )
  expect(found.outcome?.error).toBeUndefined()
  expect(lookups).toEqual(asked)
})

it("what was read ahead is what a run reads first, where plan and position are those that it was read for", async () => {
  const read = async (from: Position, isOther = false) => {
    let asked = 0
    const source: Partial<SourceShape> = {
      read: (request) => Effect.sync(() => (asked++, pageOf(request, { rows: [["3"]], done: true, bytes: 1 }))),
    }
    const page = pageOf({ columns: plan.columns, order: ["id"] }, { rows: [["2"]], done: true, bytes: 1 })
    const position = { ...tail, startedAt: 1, began: null }
    const { batches } = await sync(source, {}, false, {}, (own) => ({
      plan: isOther ? { ...own } : own,
      from,
      position,
      page,
    }))
    return [asked, batches.flatMap(({ rows }) => rows)]
  }
  expect(await read(tail)).toEqual([0, [["2"]]])
  expect(await read({ ...tail, trail: null })).toEqual([1, [["3"]]])
  expect(await read(tail, true)).toEqual([1, [["3"]]])
})

it("a sweep began when the transactions in flight had not been asked for yet", () => {
  const began = { next: "9", open: ["7"] }
  const goOn = (position: Position, inFlight?: InFlight) => resume(bare, position, 500, inFlight)
  expect(goOn(tail, { ...began, before: 400 })).toMatchObject({ position: { startedAt: 400, began } })
  expect(goOn(tail)).toMatchObject({ position: { startedAt: 500, began: null } })
  expect(goOn({ ...tail, startedAt: 300 }, { ...began, before: 400 })).toMatchObject({ position: { startedAt: 300 } })
})
