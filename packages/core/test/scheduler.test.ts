import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backoff } from "../src/error/Policy.ts"
import { parseCron, type Schedule } from "../src/config/Schedule.ts"
import type { TableConfig } from "../src/config/TableConfig.ts"
import { dueAt, dueTables, fingerprint, nextDue } from "../src/run/Scheduler.ts"
import type { RunState } from "../src/sink/States.ts"
import { bareConfig } from "./support/config.ts"

const table = (
  into: string,
  schedule: Schedule = { kind: "every", millis: 1000 },
  more: Partial<TableConfig> = {},
): TableConfig => ({ ...bareConfig, table: { name: into }, into, schedule, ...more })

const run = (into: string, more: Partial<RunState> = {}): RunState => ({
  table: into,
  source: "shop",
  sourceTable: into,
  syncedAt: undefined,
  version: "",
  position: undefined,
  ranged: false,
  reconciledAt: undefined,
  lastRunAt: undefined,
  running: false,
  more: false,
  failures: 0,
  retryAt: undefined,
  blockedBy: undefined,
  paused: false,
  ...more,
})

const past = (runs: ReadonlyArray<RunState>, sourceRetryAt?: number) => ({
  runs: new Map(runs.map((one) => [one.table, one])),
  sources: new Map(
    sourceRetryAt === undefined
      ? []
      : [
          [
            "shop",
            {
              source: "shop",
              failures: 1,
              retryAt: sourceRetryAt,
              errorSince: 0,
              error: { code: "unreachable", message: "", hint: "", retryable: true, action: null },
            } as const,
          ],
        ],
  ),
})

const names = (tables: ReadonlyArray<TableConfig>) => tables.map(({ into }) => into)
const minutely: Schedule = { kind: "every", millis: 60_000 }

describe("what is due", () => {
  it("comes with the most overdue first, and not while it runs", () => {
    const tables = ["late", "later", "waiting", "new", "loading", "running"].map((into) =>
      table(into, into === "waiting" || into === "loading" ? { kind: "every", millis: 10_000 } : undefined),
    )
    const stored = past([
      run("late", { lastRunAt: 5000 }),
      run("later", { lastRunAt: 1000 }),
      run("waiting", { lastRunAt: 5000 }),
      run("loading", { lastRunAt: 9000, more: true }),
      run("running", { lastRunAt: 1, running: true }),
    ])
    expect(names(dueTables(tables, stored, 10_000))).toEqual(["new", "loading", "later", "late"])
    expect(nextDue([table("waiting", { kind: "every", millis: 10_000 })], stored, 10_000)).toBe(15_000)
    expect(nextDue([], stored, 0)).toBeUndefined()
  })

  it("comes at every tick of a minute, although each run begins a moment after its tick", () => {
    const one = table("a", minutely)
    let stored = past([])
    let count = 0
    for (let tick = 0; tick < 60; tick++) {
      const now = tick * 60_000 + (tick % 7) * 20
      if (dueTables([one], stored, now).length === 0) continue
      count += 1
      stored = past([run("a", { lastRunAt: now + 200 })])
    }
    expect(count).toBe(60)
    expect(dueTables([one], past([run("a", { lastRunAt: 0 })]), 54_000)).toEqual([])
    expect(dueTables([one], past([run("a", { lastRunAt: 0, retryAt: 60_000 })]), 59_999)).toEqual([])
  })

  it("waits after a failure, for its source, for an operator, or for another config", () => {
    const one = table("a")
    const at = (more: Partial<RunState>, sourceRetryAt?: number, now = 10_000) =>
      dueAt(one, past([run("a", { lastRunAt: 5000, ...more })], sourceRetryAt), now)
    expect(at({})).toBe(6000)
    expect(at({ retryAt: 50_000, more: true })).toBe(50_000)
    expect(at({}, 70_000)).toBe(70_000)
    expect(at({ retryAt: 90_000 }, 70_000)).toBe(90_000)
    expect(at({ paused: true })).toBeUndefined()
    expect(at({ blockedBy: fingerprint(one) })).toBeUndefined()
    expect(at({ blockedBy: fingerprint({ ...one, cursor: "id" }) })).toBe(0)
    expect(fingerprint({ ...one, path: "tables[7]" })).toBe(fingerprint(one))
    expect(dueAt(one, past([], 70_000), 0)).toBe(70_000)
  })

  it("is not put off for long by a clock that was set back", () => {
    const one = table("a", minutely)
    const day = 86_400_000
    expect(dueAt(one, past([run("a", { lastRunAt: 30 * day })]), 2 * day)).toBe(2 * day)
    expect(dueAt(one, past([run("a", { lastRunAt: 1, retryAt: 30 * day })]), 2 * day)).toBe(2 * day)
    expect(dueAt(one, past([run("a", { lastRunAt: 1 })], 30 * day), 2 * day)).toBe(60_001)
  })

  it("follows a cron expression in its time zone, over a change of the clocks", () => {
    const parsed = parseCron("30 3 * * *", "Europe/Berlin")
    if (!("schedule" in parsed)) throw new Error(parsed.problem)
    const one = table("a", parsed.schedule)
    const next = (from: string) =>
      new Date(dueAt(one, past([run("a", { lastRunAt: Date.parse(from) })]), Date.parse(from)) ?? 0).toISOString()
    expect(next("2026-03-28T12:00:00Z")).toBe("2026-03-29T01:30:00.000Z")
    expect(next("2026-03-27T12:00:00Z")).toBe("2026-03-28T02:30:00.000Z")
    expect(next("2026-10-24T12:00:00Z")).toBe("2026-10-25T02:30:00.000Z")
  })

  it("runs every table on time over four weeks of ticks, of which some are missed or doubled", () => {
    const tables = [
      table("fast", { kind: "every", millis: 30_000 }),
      table("hourly", { kind: "every", millis: 3_600_000 }),
    ]
    const runs = new Map<string, RunState>()
    const counts = new Map<string, number>()
    const end = 28 * 86_400_000
    let longest = 0
    for (let now = 0; now < end; now += 30_000) {
      const isMissed = now % 86_400_000 < 7_200_000 && now % 86_400_000 > 3_600_000
      for (let tick = 0; tick < (isMissed ? 0 : 2); tick++) {
        for (const { into } of dueTables(tables, { runs, sources: new Map() }, now)) {
          if (into === "hourly") longest = Math.max(longest, now - (runs.get(into)?.lastRunAt ?? now))
          runs.set(into, run(into, { lastRunAt: now }))
          counts.set(into, (counts.get(into) ?? 0) + 1)
        }
      }
    }
    expect(counts.get("fast")).toBe(28 * (2880 - 119))
    expect(counts.get("hourly")).toBeGreaterThan(28 * 22)
    expect(longest).toBeLessThanOrEqual(7_200_000)
  })
})

describe("backoff", () => {
  it.effect("doubles from five seconds to a quarter of an hour, give or take a fifth", () =>
    Effect.gen(function* () {
      for (const [failures, middle] of [
        [1, 5000],
        [2, 10_000],
        [5, 80_000],
        [9, 900_000],
        [500, 900_000],
      ] as const) {
        const wait = yield* backoff(failures, undefined)
        expect(wait).toBeGreaterThanOrEqual(middle * 0.8)
        expect(wait).toBeLessThanOrEqual(middle * 1.2)
      }
      expect(yield* backoff(1, 60_000)).toBe(60_000)
    }),
  )
})
