import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { LogTarget } from "../sink/LogSink.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import { lookUpRows, type Width } from "../sync/Bring.ts"
import { makeConversion } from "../sync/Conversion.ts"
import { type PullOptions, pull, type Tally } from "../sync/Pull.ts"
import { separator } from "../sync/Rows.ts"
import type { ByLog } from "../sync/Running.ts"
import { firstPosition } from "../sync/Sweep.ts"
import type { LogContext } from "./Context.ts"

/**
 * What brings a table to where the log is. One that does not follow it yet is read page by page, while all changes since go
 * into the same rows: what a page has brought is as new as the log or newer, so that the table is right once the log has
 * passed the moment after the last page. Which rows were then only told in part are looked up.
 */
export const makeByLog = (context: LogContext): ByLog => ({
  token: context.sink.token,
  vouches: context.log.vouches === true,
  hasSwapped: context.hasSwapped,
  pull: (plan, run, options, tally) => bringUp(context, plan, run, options, tally),
})

const bringUp = Effect.fn("Log.bringUp")(function* (
  context: LogContext,
  plan: Plan,
  run: SinkRun,
  options: PullOptions,
  tally: Tally,
): Effect.fn.Return<Position, ConnectorError, Source> {
  const { log, state } = context
  const target: LogTarget = { into: plan.into, which: run.swap === undefined ? "live" : "next" }
  const { member = "", parts = [] } = context.served.get(plan.into)?.logged ?? {}
  let following = context.find(target)
  let position = run.stored.position
  const isNew = following === undefined || position === undefined
  if (following === undefined || position === undefined) {
    if (!(yield* hasCaughtUp(context))) {
      return leaveMore(tally, position ?? firstPosition(null, yield* Clock.currentTimeMillis))
    }
    following = { ...target, member, parts, high: undefined, isWanting: false }
    yield* awaitVisible(context)
    yield* context.join(following, plan)
  }
  const isLoaded = following.high !== undefined
  if (!isLoaded || position === undefined) {
    const { cursor: _cursor, ...rest } = plan
    const scanned: Plan = { ...rest, cursor: undefined, digests: false }
    position = yield* Effect.raceFirst(
      pull(scanned, isNew ? undefined : position, run, options, tally),
      renewed(context),
    )
    tally.syncedAt = undefined
    if (tally.more) return position
    following = { ...following, high: yield* log.now }
    yield* context.follow(following, plan)
  }
  if (!(yield* pollTo(context, plan.into, following.high))) return leaveMore(tally, position)
  if (context.isWanting(target)) {
    yield* awaitVisible(context)
    yield* lookUp(context, plan, run, target, position)
    following = { ...following, high: yield* log.now }
    yield* context.follow(following, plan)
    if (!(yield* pollTo(context, plan.into, following.high)) || context.isWanting(target))
      return leaveMore(tally, position)
  }
  tally.more = false
  tally.syncedAt = state.syncedAt
  const isFirst = !isLoaded || run.stored.reconciledAt === undefined
  if (isFirst && run.swap === undefined) {
    const reconciliation = { state: "complete" } as const
    yield* run.apply({ rows: [], rejects: [], deletes: [], position, reconciliation, save: true })
  }
  return position
})

/** What others are writing just then is in the log a moment after it is seen by a read. */
const momentsOfFlush = 10

/**
 * Polls the log, and waits a moment for what it is to reach. Gives whether that is reached; fails where the log told
 * meanwhile that the table is no longer as it was when its rows began to be read.
 */
const pollTo = Effect.fnUntraced(function* (context: LogContext, into: string, high: string | undefined) {
  const isThere = yield* reach(context, high)
  if (context.state.untold.has(into) || context.state.isLost) {
    return yield* new ConnectorError({
      code: "schema-changed",
      message: "The table was changed while it was read; the next run meets it as it is then",
    })
  }
  return isThere
})

const reach = Effect.fnUntraced(function* (context: LogContext, high: string | undefined) {
  yield* context.poll
  for (let moment = 0; moment < momentsOfFlush && !isReached(context, high) && !context.state.more; moment += 1) {
    yield* Effect.sleep("50 millis")
    yield* context.poll
  }
  return isReached(context, high)
})

/**
 * Whether the log has told all that was written before now. What it still had to tell of a table from when that was in the log
 * before would undo changes that were made while it was not.
 */
const hasCaughtUp = (context: LogContext) => Effect.flatMap(context.log.now, (now) => reach(context, now))

/** Waits a moment until reads see what the log has told: what it has passed without them, they alone can bring. */
const awaitVisible = Effect.fnUntraced(function* ({ log: { areVisible }, state }: LogContext) {
  if (areVisible === undefined) return
  for (let moment = 0; state.last.length > 0; moment += 1) {
    if (yield* areVisible(state.last)) return
    if (moment === momentsOfFlush) {
      return yield* new ConnectorError({
        code: "source-busy",
        message: "A transaction is in the log and cannot be seen yet: its commit waits for a standby",
        hint: "It is tried again by itself. Where no standby answers, see synchronous_standby_names.",
      })
    }
    yield* Effect.sleep("50 millis")
  }
})

const isReached = ({ log, state }: LogContext, high: string | undefined): boolean =>
  high !== undefined && state.part === undefined && log.isPast(state.position, high)

const leaveMore = (tally: Tally, position: Position): Position => {
  tally.more = true
  return position
}

/** Holds the log while a table is read, which may take longer than a lease. */
const renewed = ({ sink }: LogContext): Effect.Effect<never, ConnectorError> =>
  Effect.forever(Effect.andThen(Effect.sleep("15 seconds"), sink.renew))

const wantedAtOnce = 500

/** Looks up the rows that are known by their keys alone. One that is not there any more is told to be gone by the log. */
const lookUp = Effect.fnUntraced(function* (
  { sink, state, hasFound }: LogContext,
  plan: Plan,
  run: SinkRun,
  target: LogTarget,
  position: Position,
) {
  const convert = makeConversion(plan)
  const separate = separator(plan)
  // Those of which the log tells only the key may be larger than what it tells.
  const width: Width = { rows: 1 }
  for (;;) {
    const keys = yield* sink.wanted(target, wantedAtOnce)
    if (keys.length === 0) return hasFound(target)
    for (let at = 0; at < keys.length;) {
      const some = keys.slice(at, at + width.rows)
      at += some.length
      const { live, deletes } = separate(yield* lookUpRows(plan, some, width))
      yield* run.apply({ ...convert(live), deletes, position, save: false })
    }
    const found = { target, plan, isEmptied: false, rows: [], rejects: [], deletes: [], wanted: [], found: keys }
    yield* sink.apply({ parts: [found], position: state.position, part: state.part })
  }
})
