import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Source } from "../source/Source.ts"
import { compareKeys, type KeySpan } from "../table/KeyOrder.ts"
import { absentKeys, fitting, keyColumns } from "./Absence.ts"
import { forget, isTooMuch, pass } from "./Guard.ts"
import { spanOf } from "./RangeList.ts"
import type { RangeContext, Walking } from "./RangeWalk.ts"
import { keysPerLookup } from "./Search.ts"

/**
 * Ends the reading of ranges: rows of the replica that were not among those read are looked up, and deleted where the
 * source does not have them. A range that then has what was read, and no more, is known; any other is read again by the
 * next pull. Stops at the deadline, and gives the ranges with what is left to do. Fails with `delete-guard` where too many
 * rows would leave.
 */
export const endReading = Effect.fnUntraced(function* (
  context: RangeContext,
  ranges: Walking,
): Effect.fn.Return<Walking, ConnectorError, Source> {
  const { plan, run, position, options } = context
  const { replica } = run
  // Of a table whose rows are not deleted for being gone, the replica may have more than the source.
  const isReconciled = plan.deletes.kind === "reconcile"
  const found = yield* Effect.forEach(
    ranges.walk.read,
    Effect.fnUntraced(function* (read) {
      const span = spanOf(ranges.list, read.range)
      const { rows, setAside } = yield* replica.countWithin(span)
      // A row that was set aside may be in the replica as it was before, or not at all.
      return { read, span, rows, setAside, surplus: isReconciled ? Math.max(0, rows - read.count + setAside) : 0 }
    }),
  )
  const surplus = found.reduce((sum, one) => sum + one.surplus, 0)
  if (isTooMuch(surplus, 0)) {
    const rows = yield* replica.countRows
    const message = `${surplus} of ${rows} rows are no longer shown by the source; none of them was deleted.`
    yield* pass(run, position, { phase: "gone", rows, suspects: surplus }, message)
  }

  const list = [...ranges.list]
  for (const [at, one] of found.entries()) {
    const { read, span, setAside } = one
    const gone = one.surplus === 0 ? 0 : yield* removeGone(context, span)
    const isExact = setAside === 0 && (!isReconciled || one.rows - gone === read.count)
    const range = list[read.range]
    if (range !== undefined) {
      list[read.range] = { ...range, count: read.count, digest: isExact ? read.digest : null }
    }
    if ((yield* Clock.currentTimeMillis) >= options.deadline && at + 1 < found.length) {
      return { ...ranges, list, walk: { ...ranges.walk, read: ranges.walk.read.slice(at + 1) } }
    }
  }
  yield* forget(run, position, "gone")
  return { ...ranges, list, walk: { ...ranges.walk, read: [] } }
})

/** Deletes the rows of a span that are gone, and gives how many there were. */
const removeGone = Effect.fnUntraced(function* (
  { plan, run, position }: RangeContext,
  { after, until }: KeySpan,
): Effect.fn.Return<number, ConnectorError, Source> {
  const compare = compareKeys(keyColumns(plan))
  let from = after
  let gone = 0
  while (true) {
    const keys = fitting(yield* run.replica.keys(from, keysPerLookup))
    const within = until === undefined ? keys : keys.filter((key) => compare(key, until) <= 0)
    const deletes = yield* absentKeys(plan, within)
    if (deletes.length > 0) {
      yield* run.apply({ rows: [], rejects: [], deletes, ranges: "kept", position, save: false })
    }
    gone += deletes.length
    from = within.at(-1)
    if (from === undefined || within.length < keys.length) return gone
  }
})
