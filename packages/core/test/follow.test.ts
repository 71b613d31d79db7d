import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { ConnectorError } from "../src/error/ConnectorError.ts"
import { follow, type Followed } from "../src/follow/Follow.ts"
import type { LogBatch, LogTarget, SinkLogRun } from "../src/sink/LogSink.ts"
import type { LogMessage, SourceLog } from "../src/source/Log.ts"
import { bare } from "./support/plan.ts"

const begin = (at: string): LogMessage => ({ kind: "begin", at, transaction: at, place: 1 })
const insert = (table: number, id: string): LogMessage => ({
  kind: "change",
  table,
  old: undefined,
  now: [id],
  isAsDescribed: true,
  place: 2,
})
const commit = (end: string): LogMessage => ({ kind: "commit", end })

/** Follows a log that tells these messages, in portions, into two tables; says what was done in which order. */
const play = async (
  portions: ReadonlyArray<ReadonlyArray<LogMessage>>,
  apply: (batch: LogBatch) => Effect.Effect<void, ConnectorError>,
) => {
  const plans = ["one", "two"].map((into) => ({ ...bare, into }))
  const done: Array<string> = []
  const log = {
    isPast: (position: string, other: string) => Number(position) >= Number(other),
    read: (_request, take) =>
      Effect.gen(function* () {
        for (const portion of portions) if (!(yield* take(portion))) return { until: "9", isWhole: false, isAll: false }
        return { until: "9", isWhole: true, isAll: true }
      }),
    confirm: () => Effect.void,
  } satisfies Pick<SourceLog, "isPast" | "read" | "confirm">
  const sink = {
    apply: (batch: LogBatch) => {
      done.push(
        `apply ${batch.parts.map(({ target, rows }) => `${target.into} ${rows.length}`).join()} to ${batch.position}`,
      )
      return apply(batch)
    },
  } satisfies Pick<SinkLogRun, "apply">
  const state: Followed = {
    position: "0",
    stored: "0",
    part: undefined,
    syncedAt: undefined,
    more: false,
    read: new Map(),
    emptied: new Map(),
    last: [],
    untold: new Set(),
    isLost: false,
    isUnsure: false,
  }
  const targets = plans.map((plan) => [{ target: { into: plan.into, which: "live" as const }, plan, isWanting: false }])
  const leave = ({ into }: LogTarget) => Effect.sync(() => void done.push(`leave ${into}`))
  const options = { end: "9", deadline: Number.POSITIVE_INFINITY, isStopped: () => false }
  const result = await Effect.runPromise(
    Effect.result(
      follow(log as unknown as SourceLog, sink as unknown as SinkLogRun, { plans, targets, leave }, options, state),
    ),
  )
  return { done, state, result }
}

it("has what was not told follow no more before the position goes past that", async () => {
  const untold: LogMessage = { kind: "untold", tables: [0], place: 3 }
  const messages = [begin("1"), insert(0, "1"), insert(1, "1"), untold, insert(0, "2"), insert(1, "2"), commit("2")]
  const { done, state } = await play([messages], () => Effect.void)
  expect(done).toEqual(["leave one", "apply two 2 to 9"])
  expect([...state.untold]).toEqual(["one"])
})

it("does not know where the sink is that was not heard", async () => {
  const lost = new ConnectorError({ code: "storage", message: "Nobody answered" })
  const { state, result } = await play([[begin("1"), insert(0, "1"), commit("2")]], () => Effect.fail(lost))
  expect(result).toMatchObject({ _tag: "Failure" })
  expect(state).toMatchObject({ isUnsure: true, position: "0" })
})
