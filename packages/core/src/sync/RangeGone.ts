import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Source } from "../source/Source.ts"
import { Digesting, keyHash } from "../state/Ranges.ts"
import type { Key } from "../table/Key.ts"
import { compareKeys, type KeySpan } from "../table/KeyOrder.ts"
import { absentKeys, fitting, keyColumns, without } from "./Absence.ts"
import { forget, isTooMuch, pass } from "./Guard.ts"
import { spanOf } from "./RangeList.ts"
import type { RangeContext, Walking } from "./RangeWalk.ts"
import { keysPerLookup } from "./Search.ts"

/**
 * Ends the reading of ranges: rows of the replica that were not among those read are looked up, and deleted where the
 * source does not have them. A range that then has the rows that were read, and no others, is known; any other is read
 * again by the next pull. Stops at the deadline, and gives the ranges with what is left to do. Fails with `delete-guard`
 * where too many rows would leave.
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
      // A row that was set aside may be in the replica as it was before, or not at all, or be gone at the source.
      const surplus = isReconciled ? Math.max(0, rows - read.count + setAside.length) : 0
      return { read, span, rows, setAside, surplus }
    }),
  )
  const surplus = found.reduce((sum, one) => sum + one.surplus, 0)
  if (isTooMuch(surplus, 0)) {
    const rows = yield* replica.countRows
    const message = `${surplus} of ${rows} rows are no longer shown by the source; none of them was deleted.`
    yield* pass(run, position, { phase: "gone", rows, suspects: surplus }, message)
  }

  const list = [...ranges.list]
  for (const [at, { read, span, rows, setAside, surplus: more }] of found.entries()) {
    const gone = setAside.length === 0 ? [] : yield* remove(context, setAside)
    const isAsRead = !isReconciled
      ? Effect.succeed(true)
      : more > 0 || gone.length > 0
        ? removeGone(context, span, read)
        : Effect.succeed(rows === read.count)
    // Of more than these, not all are named.
    const isAllAside = setAside.length === gone.length && setAside.length < keysPerLookup
    const isExact = (yield* isAsRead) && isAllAside
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

/** Deletes those of some keys that are gone at the source, and gives them. */
const remove = Effect.fnUntraced(function* ({ plan, run, position }: RangeContext, keys: ReadonlyArray<Key>) {
  const deletes = yield* absentKeys(plan, keys)
  if (deletes.length > 0) yield* run.apply({ rows: [], rejects: [], deletes, ranges: "kept", position, save: false })
  return deletes
})

/**
 * Deletes the rows of a span that are gone, and gives whether those that are left are the ones that were read: one of them
 * may have left the source since, and another one have come.
 */
const removeGone = Effect.fnUntraced(function* (
  context: RangeContext,
  { after, until }: KeySpan,
  read: Walking["walk"]["read"][number],
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const columns = keyColumns(context.plan)
  const compare = compareKeys(columns)
  const left = new Digesting()
  let from = after
  while (true) {
    const keys = fitting(yield* context.run.replica.keys(from, keysPerLookup))
    const within = until === undefined ? keys : keys.filter((key) => compare(key, until) <= 0)
    const gone = yield* remove(context, within)
    for (const key of without(columns, within, gone)) left.add(keyHash(key))
    from = within.at(-1)
    if (from === undefined || within.length < keys.length) {
      return left.count === read.count && left.digest === read.keys
    }
  }
})
