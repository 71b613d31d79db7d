import { describe, expect, it } from "vitest"
import { defaultOverlap, moveBack } from "../src/plan/Overlap.ts"
import { notInFuture } from "../src/state/Position.ts"
import { beginTrail } from "../src/state/Trail.ts"
import type { InFlight } from "../src/sync/InFlight.ts"
import { advance, complete, firstPosition, resume, sweepOrder } from "../src/sync/Sweep.ts"
import type { Plan } from "../src/plan/Plan.ts"
import { decodePosition, encodePosition, type Position } from "../src/state/Position.ts"
import { bare } from "./support/plan.ts"

const column = (
  name: string,
  type: "timestamptz" | "timestamp" | "date" | "integer" | "decimal" = "timestamptz",
  nullable = false,
) => ({
  name,
  type,
  sourceType: type,
  nullable,
})

const planOf = (more: Partial<Plan> = {}): Plan => ({
  ...bare,
  table: { name: { name: "t" }, kind: "table", columns: [column("id", "integer")], key: ["id"] },
  columns: [],
  cursor: column("at"),
  where: [{ column: "x", op: "eq", value: "1" }],
  batchSize: 10,
  ...more,
})

/** The position of the sweep that a run goes on with. */
const goOn = (plan: Plan, position: Position, now: number, inFlight?: InFlight): Position => {
  const resumed = resume(plan, position, now, inFlight)
  if (resumed.kind !== "sweep") throw new Error(JSON.stringify(resumed))
  return resumed.position
}

describe("sweeps", () => {
  const first = firstPosition(beginTrail("2023-01-01T00:00:00.000000Z", undefined), 1_700_000_000_000)
  const [where] = planOf().where

  it("scan in key order, then follow the cursor from where it stood when the scan began", () => {
    const plan = planOf()
    expect(sweepOrder(plan, first)).toEqual({ where: [where], order: ["id"] })
    const done = complete(plan, advance(first, ["7"]))
    const next = { ...first, sweep: "tail", after: null, startedAt: 0, scannedAt: 1_700_000_000_000 }
    expect(done).toEqual({ finished: true, synced: true, position: next })
    const tail = goOn(plan, done.position, 1_700_000_060_000)
    expect(sweepOrder(plan, tail)).toEqual({
      where: [where, { column: "at", op: "gte", value: "2023-01-01T00:00:00.000000Z" }],
      order: ["at", "id"],
    })
    expect(sweepOrder(planOf({ overlap: defaultOverlap }), tail).where).toContainEqual({
      column: "at",
      op: "gte",
      value: "2022-12-31T23:59:00.000000Z",
    })
    const passed = advance(tail, ["2024-01-02T00:00:00.000000Z", "9"])
    expect(sweepOrder(plan, passed)).toEqual({ where: [where], order: ["at", "id"] })
    expect(complete(plan, passed).position).toMatchObject({
      trail: { high: "2023-11-14T22:14:20.000000Z" },
      after: null,
    })
    expect(complete(plan, tail).position).toEqual(done.position)
  })

  it("are followed by a scan once an interval, which waits for the tails of later runs", () => {
    const plan = planOf({ deletes: { kind: "reconcile", every: 1000 } })
    const loaded = complete(plan, firstPosition(beginTrail("2023-01-01T00:00:00.000000Z", undefined), 5000)).position
    expect(complete(plan, goOn(plan, loaded, 5999))).toMatchObject({ finished: true, position: { sweep: "tail" } })
    const followed = complete(plan, goOn(plan, loaded, 6000))
    expect(followed).toMatchObject({ finished: false, synced: true, position: { sweep: "scan", startedAt: 6000 } })
    expect(sweepOrder(plan, followed.position)).toEqual({ where: [where], order: ["id"] })
    // The run ends within the scan.
    const left = advance(followed.position, ["7"])
    const tail = goOn(plan, left, 6100)
    expect(tail).toMatchObject({ sweep: "tail", after: null, startedAt: 6100 })
    const goesOn = complete(plan, advance(tail, ["1969-02-01T00:00:00.000000Z", "9"]))
    expect(goesOn).toMatchObject({
      finished: false,
      synced: true,
      position: { sweep: "scan", after: ["7"], startedAt: 6000, trail: { high: "1969-02-01T00:00:00.000000Z" } },
    })
    expect(goesOn.position).not.toHaveProperty("waiting")
    const done = complete(plan, advance(goesOn.position, ["8"]))
    expect(done).toMatchObject({ finished: true, position: { sweep: "tail", after: null, scannedAt: 6000 } })
    expect(decodePosition(encodePosition(left))).toEqual(left)
    expect(decodePosition(encodePosition(tail))).toEqual(tail)
  })

  it("are not followed by a scan where nothing is to be looked for", () => {
    const plan = planOf()
    const loaded = complete(plan, firstPosition(beginTrail(null, undefined), 5000)).position
    expect(complete(plan, goOn(plan, loaded, 10 * 86_400_000))).toMatchObject({ finished: true })
  })

  it("read the rows without a cursor value first, each time", () => {
    const plan = planOf({ cursor: column("at", "timestamptz", true) })
    const nulls = goOn(plan, complete(plan, first).position, 5)
    expect(nulls).toMatchObject({ sweep: "nulls", startedAt: 5 })
    expect(sweepOrder(plan, nulls)).toEqual({ where: [where, { column: "at", op: "isNull" }], order: ["id"] })
    const tail = complete(plan, advance(nulls, ["3"]))
    expect(tail).toMatchObject({ finished: false, position: { sweep: "tail", after: null, startedAt: 5 } })
    expect(sweepOrder(plan, { ...tail.position, trail: beginTrail(null, undefined) }).where).toContainEqual({
      column: "at",
      op: "isNotNull",
    })
  })

  it("begin again without a cursor, and leave out rows whose key is NULL", () => {
    const plan = planOf({ cursor: undefined, table: { ...planOf().table, columns: [column("id", "integer", true)] } })
    expect(sweepOrder(plan, first).where).toContainEqual({ column: "id", op: "isNotNull" })
    expect(complete(plan, advance(first, ["3"]))).toMatchObject({
      finished: true,
      position: { sweep: "scan", after: null },
    })
  })

  it("do not name the cursor twice where it is the key", () => {
    const plan = planOf({ cursor: column("id", "integer") })
    expect(sweepOrder(plan, { ...first, sweep: "tail" }).order).toEqual(["id"])
  })
})

describe("notInFuture", () => {
  const now = Date.UTC(2024, 0, 1)
  it.each([
    ["timestamptz", "2023-12-31T23:59:59.123456Z", "2023-12-31T23:59:59.123456Z"],
    ["timestamptz", "2999-01-01T00:00:00.000000Z", "2024-01-01T00:00:00.000000Z"],
    ["timestamptz", "infinity", "2024-01-01T00:00:00.000000Z"],
    ["timestamptz", "-infinity", "-infinity"],
    ["timestamptz", "0044-03-15T00:00:00.000000Z BC", "0044-03-15T00:00:00.000000Z BC"],
    ["timestamptz", "12024-01-01T00:00:00.000000Z", "2024-01-01T00:00:00.000000Z"],
    ["timestamp", "2024-01-01T13:00:00.000000", "2024-01-01T13:00:00.000000"],
    ["timestamp", "2024-01-01T15:00:00.000000", "2024-01-01T14:00:00.000000"],
    ["date", "2024-01-02", "2024-01-02"],
    ["date", "2024-01-03", "2024-01-02"],
    ["integer", "9223372036854775807", "9223372036854775807"],
  ] as const)("%s %s goes on from %s", (type, last, from) => {
    expect(notInFuture(column("at", type), last, now)).toBe(from)
  })
})

describe("moveBack", () => {
  const overlap = { millis: 90_000, values: 1000n }
  it.each([
    ["timestamptz", "2024-01-01T00:00:10.123456Z", "2023-12-31T23:58:40.123000Z"],
    ["timestamp", "2024-01-01T00:00:10.123456", "2023-12-31T23:58:40.123000"],
    ["timestamptz", "-infinity", "-infinity"],
    ["timestamptz", "0001-01-01T00:00:00.000000Z", "0001-01-01T00:00:00.000000Z"],
    ["date", "2024-03-01", "2024-02-29"],
    ["integer", "9223372036854775807", "9223372036854774807"],
    ["integer", "-9223372036854775800", "-9223372036854775808"],
    ["decimal", "1001.500000", "1"],
    ["decimal", "-1.5", "-1002"],
    ["decimal", "-0.5", "-1001"],
    ["decimal", "123456789012345678901234567890.1", "123456789012345678901234566890"],
  ] as const)("%s %s to %s", (type, from, moved) => {
    expect(moveBack(column("at", type), from, overlap)).toBe(moved)
  })
})

describe("stored positions", () => {
  it("survive JSON, and one of an unknown version is none", () => {
    const position: Position = {
      version: 1,
      sweep: "tail",
      after: ["'\"\u{1F600}", ""],
      trail: null,
      startedAt: 5,
      began: null,
    }
    expect(decodePosition(encodePosition(position))).toEqual(position)
    expect(decodePosition('{"version":2}')).toBeUndefined()
    expect(decodePosition("no")).toBeUndefined()
  })
})
