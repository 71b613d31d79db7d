import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isUsedUp, leftOf, spend } from "../config/Budget.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Page } from "../source/Page.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import { Digesting, keyHash, type Ranges } from "../state/Ranges.ts"
import type { Row } from "../table/Table.ts"
import { keyColumns } from "./Absence.ts"
import { makeConversion } from "./Conversion.ts"
import type { MarkedGuard } from "./Guard.ts"
import { checkKey, firstLimit, nextLimit, pageBytes, pieceValues, type PullOptions, type Tally } from "./Pull.ts"
import { placeIn, placesToRead, spansAt } from "./RangeList.ts"
import { pickKey, separator } from "./Rows.ts"
import { keyIsThere } from "./Sweep.ts"

/** The surroundings of a pull by ranges. */
export interface RangeContext {
  readonly plan: Plan
  readonly run: SinkRun
  /** Where the table's sweeps stand, which ranges leave as it is. */
  readonly position: Position
  readonly options: PullOptions
  readonly tally: Tally
  readonly marked: MarkedGuard | undefined
}

/** Ranges of which some are being compared or read. */
export interface Walking extends Ranges {
  readonly walk: NonNullable<Ranges["walk"]>
}

/** Where a walk stands after so many pages is noted, so that a run that dies does not lose all of it. */
const pagesPerNote = 10

/** What reading has come to. */
export interface Read {
  readonly ranges: Walking
  /** Whether a row came that is of no range that was to be read: then source and replica do not agree, and nothing is known. */
  readonly isLost: boolean
  /** Whether the sink knows where the walk stood on its way. */
  readonly isNoted: boolean
}

/**
 * Reads the ranges without a digest, in the source's own order, until all are read or the budget is used. Rows are in the
 * replica before they count; what was noted of a range before it was read must be gone from the sink by now.
 */
export const readRanges = Effect.fnUntraced(function* (
  { plan, run, position, options, tally, marked }: RangeContext,
  ranges: Walking,
): Effect.fn.Return<Read, ConnectorError, Source> {
  const source = yield* Source
  const { deadline, share } = options
  const { list, walk } = ranges
  const convert = makeConversion(plan)
  const separate = separator(plan)
  const keyOf = pickKey(plan)
  const placeOf = placeIn(plan, list)
  const places = placesToRead(list, walk.left)
  const spans = { key: keyColumns(plan), within: spansAt(list, places) }
  const digests = new Map(places.map((place) => [place, { rows: new Digesting(), keys: new Digesting() }]))
  for (const { range, count, digest, keys } of walk.read) {
    digests.set(range, { rows: new Digesting(count, digest), keys: new Digesting(count, keys) })
  }
  const pieceRows = Math.max(1, Math.floor(pieceValues / plan.columns.length))
  let isLost = false
  let hasNoted = false
  let current = walk

  const read = (after: Walking["walk"]["after"], limit: number) => {
    const left = leftOf(share)
    return source.read({
      table: plan.table,
      columns: plan.columns,
      where: [...plan.where, ...keyIsThere(plan)],
      spans,
      hashed: true,
      order: plan.key,
      after: after ?? undefined,
      limit: Math.min(limit, left.rows),
      maxBytes: Math.min(pageBytes, left.bytes),
    })
  }

  /** Where the walk stands once the rows are applied that were counted. */
  const standing = (after: Walking["walk"]["after"], isRead: boolean): Walking["walk"] => ({
    ...walk,
    after,
    isRead,
    read: [...digests].map(([range, { rows, keys }]) => ({
      range,
      count: rows.count,
      digest: rows.digest,
      keys: keys.digest ?? "",
    })),
  })

  const apply = Effect.fnUntraced(function* (page: Page, isNoted: boolean) {
    // Lets the request for the next page go out first.
    yield* Effect.yieldNow
    const hashed = yield* page.rows
    const rows: Array<Row> = []
    for (const row of hashed) {
      const key = keyOf(row)
      const digest = digests.get(placeOf(key))
      if (digest === undefined) isLost = true
      digest?.rows.add(row[plan.columns.length] ?? null)
      digest?.keys.add(keyHash(key))
      rows.push(row.slice(0, plan.columns.length))
    }
    if (plan.key !== plan.table.key) yield* checkKey(plan, rows)
    if (marked !== undefined) yield* marked.watch(separate(rows).deletes, position)
    current = standing(page.last ?? current.after, page.done)
    for (let from = 0; from < rows.length; from += pieceRows) {
      if (from > 0) yield* Effect.yieldNow
      const { live, deletes } = separate(rows.slice(from, from + pieceRows))
      tally.softDeleted += deletes.length
      const isLast = from + pieceRows >= rows.length
      const known = isNoted && isLast ? { ...ranges, walk: current } : ("kept" as const)
      const batch = { ...convert(live), deletes, position, save: false }
      yield* run.apply(isLost ? batch : { ...batch, ranges: known })
    }
  })

  let limit = Math.min(firstLimit, plan.batchSize)
  let page = yield* read(walk.after, limit)
  for (let pages = 1; ; pages++) {
    tally.read += page.length
    tally.pages += 1
    spend(share, page.length, page.bytes)
    const goesOn = !page.done && !isUsedUp(share) && (yield* Clock.currentTimeMillis) < deadline
    limit = nextLimit(plan.batchSize, limit, page)
    const after = page.last ?? current.after
    const isNoted = !page.done && pages % pagesPerNote === 0
    const [following] = yield* Effect.all(
      [goesOn ? Effect.result(read(after, limit)) : Effect.undefined, apply(page, isNoted)],
      { concurrency: 2 },
    )
    hasNoted ||= isNoted && page.length > 0
    if (following === undefined) return { ranges: { ...ranges, walk: current }, isLost, isNoted: hasNoted }
    page = yield* Effect.fromResult(following)
  }
})
