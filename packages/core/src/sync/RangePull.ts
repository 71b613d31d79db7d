import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isUsedUp } from "../config/Budget.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source, type SourceShape } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import { encodeRanges, joined, type Range, type Ranges, rowsPerRange } from "../state/Ranges.ts"
import { keyColumns } from "./Absence.ts"
import { makeMarkedGuard } from "./Guard.ts"
import { pull, type PullOptions, type Tally } from "./Pull.ts"
import { endReading } from "./RangeGone.ts"
import { compared, cut, divided, hashedOf } from "./RangeList.ts"
import { type RangeContext, readRanges, type Walking } from "./RangeWalk.ts"
import { keyIsThere } from "./Sweep.ts"
import { mayKeepDigests } from "./Veil.ts"

/** So many rows are digested in one question, by what is known of them: a server does not take ever longer ones. */
const rowsPerQuestion = 1_000_000

/**
 * Pulls a table: range by range, where that is how its changes are found and its first scan is done, else by a sweep.
 * Gives the position then.
 */
export const pullTable = Effect.fnUntraced(function* (
  plan: Plan,
  from: Position | undefined,
  run: SinkRun,
  options: PullOptions,
  tally: Tally,
): Effect.fn.Return<Position, ConnectorError, Source> {
  const isByRanges = plan.cursor === undefined && run.swap === undefined
  if (isByRanges && from !== undefined && from.startedAt === 0) {
    if (yield* compareRanges(plan, from, run, options, tally)) return from
  }
  return yield* pull(plan, from, run, options, tally)
})

/** Whether the source digests ranges of a table's keys, and may be kept, and its rows do not tell who wrote them, which costs less. */
export const canDigest = (plan: Plan): Effect.Effect<boolean, never, Source> =>
  Effect.gen(function* () {
    const { digest } = yield* Source
    if (digest === undefined || plan.table.parts !== undefined || plan.key.length === 0) return false
    if (!mayKeepDigests(plan)) return false
    return (yield* digest({ ...askedOf(plan), span: whole, bounds: undefined })) !== undefined
  }).pipe(Effect.orElseSucceed(() => false))

/**
 * Brings all that differs, range by range, what a cursor does not show too; false where the source does not digest.
 * Fails with `delete-guard` where too many rows would leave.
 */
export const compareRanges = Effect.fnUntraced(function* (
  plan: Plan,
  position: Position,
  run: SinkRun,
  options: PullOptions,
  tally: Tally,
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const { digest } = yield* Source
  if (digest === undefined || !plan.digests) return false
  return yield* pullRanges({ plan, run, position, options, tally, marked: makeMarkedGuard(plan, run) }, digest)
})

const whole = { after: undefined, until: undefined }

/** What is asked of every range. */
const askedOf = (plan: Plan) => ({
  table: plan.table,
  columns: plan.columns,
  where: [...plan.where, ...keyIsThere(plan)],
  key: keyColumns(plan),
})

/**
 * Compares the ranges of the replica with the source's by their digests and reads those that differ, until all is done or
 * the budget is used; false where the source cannot digest such a table. What is stored of a range says what the replica
 * holds, whenever a run may end: it is forgotten before the range is read, and comes from the rows that were read.
 */
const pullRanges = Effect.fn("Ranges.pull")(function* (
  context: RangeContext,
  digest: NonNullable<SourceShape["digest"]>,
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const { plan, run, position, options, tally, marked } = context
  const asked = askedOf(plan)
  const startedAt = yield* Clock.currentTimeMillis
  const isOver = Effect.map(Clock.currentTimeMillis, (now) => now >= options.deadline || isUsedUp(options.share))
  const of = hashedOf(plan)
  const found = yield* run.ranges
  const stored = found?.of === of ? found : undefined
  let noted = stored === undefined ? "" : encodeRanges(stored)
  const note = Effect.fnUntraced(function* (ranges: Ranges) {
    const text = encodeRanges(ranges)
    if (text === noted) return
    yield* run.apply({ rows: [], rejects: [], deletes: [], ranges, position, save: false })
    noted = text
  })
  const leave = Effect.fnUntraced(function* (ranges: Walking) {
    yield* note(ranges)
    tally.more = true
    yield* marked?.end(position, true) ?? Effect.void
    return true
  })

  const begun = { startedAt, compared: 0, after: null, isRead: false, read: [], left: [] }
  const resumed = stored?.walk ?? undefined
  const wasComparing = stored !== undefined && resumed !== undefined && resumed.compared < stored.list.length
  let ranges: Walking =
    stored === undefined ? yield* firstRanges(context, of, begun) : { ...stored, walk: stored.walk ?? begun }

  let { list } = ranges
  let at = ranges.walk.compared
  while (at < list.length) {
    const to = endOfQuestion(list, at)
    const bounds = list.slice(at, to - 1).map(({ until }) => until ?? [])
    const span = { after: list[at - 1]?.until ?? undefined, until: list[to - 1]?.until ?? undefined }
    const digests = yield* digest({ ...asked, span, bounds })
    if (digests === undefined) return false
    list = compared(list, at, to, digests)
    at = to
    if (at < list.length && (yield* isOver)) {
      return yield* leave({ ...ranges, list, walk: { ...ranges.walk, compared: at } })
    }
  }
  ranges = { ...ranges, list, walk: { ...ranges.walk, compared: at } }

  const isDirty = () => ranges.list.some((range) => range.digest === null)
  // Ranges that are cut, or left by this walk, are read once more in the same run, so that the next one finds all known.
  for (let isCut = false, rounds = 0; isDirty() && (rounds === 0 || isCut); rounds++) {
    if (!ranges.walk.isRead) {
      yield* note(ranges.walk.after === null ? { ...ranges, walk: null } : ranges)
      const read = yield* readRanges(context, ranges)
      ranges = read.ranges
      if (read.isNoted) noted = ""
      if (read.isLost) {
        tally.more = true
        return true
      }
      if (!ranges.walk.isRead) return yield* leave(ranges)
    }
    ranges = yield* endReading(context, ranges)
    if (ranges.walk.read.length > 0) return yield* leave(ranges)
    const target = targetOf(plan, ranges.list)
    const kept = joined(ranges.list, target)
    const parts = rounds === 0 ? yield* divided(plan, run.replica, kept, target) : kept
    isCut = (parts.length > kept.length || ranges.walk.left.length > 0) && !(yield* isOver)
    const walk = { ...ranges.walk, after: null, isRead: false, left: [], compared: parts.length }
    ranges = { ...ranges, list: parts, walk }
  }
  yield* note({ ...ranges, walk: null })
  yield* marked?.end(position, false) ?? Effect.void
  tally.more = false
  tally.syncedAt = Math.max(tally.syncedAt ?? 0, ranges.walk.startedAt)
  // What an earlier run has compared may be gone since.
  tally.isToCompareAnew = resumed !== undefined && !wasComparing
  const isKnown = resumed === undefined && ranges.list.every(({ digest }) => digest !== null)
  tally.counted = isKnown ? ranges.list.reduce((sum, { count }) => sum + count, 0) : undefined
  return true
})

/** Ranges of which nothing is known, as many as the replica's rows ask for. */
const firstRanges = Effect.fnUntraced(function* ({ plan, run }: RangeContext, of: string, begun: Walking["walk"]) {
  const target = rowsPerRange(yield* run.replica.countRows, plan.batchSize)
  const bounds = yield* cut(plan, run.replica, { after: undefined, until: undefined }, target)
  const list = [...bounds, null].map((until): Range => ({ until, count: 0, digest: null }))
  const ranges: Walking = { version: 1, of, list, walk: { ...begun, compared: list.length } }
  return ranges
})

const targetOf = ({ batchSize }: Plan, list: Ranges["list"]): number =>
  rowsPerRange(
    list.reduce((sum, { count }) => sum + count, 0),
    batchSize,
  )

/** Where the ranges end that are asked for together with the one at a place. */
const endOfQuestion = (list: Ranges["list"], from: number): number => {
  let rows = 0
  const end = list.findIndex(({ count }, place) => {
    if (place < from) return false
    rows += count
    return place > from && rows > rowsPerQuestion
  })
  return end < 0 ? list.length : end
}
