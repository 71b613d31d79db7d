import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isUsedUp, leftOf, type Share, spend } from "../config/Budget.ts"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Page } from "../source/Page.ts"
import { Source } from "../source/Source.ts"
import { isAnyOpen, stillOpen } from "../source/Transactions.ts"
import { encodePosition, notInFuture, type Position } from "../state/Position.ts"
import { beginTrail } from "../state/Trail.ts"
import { formatTableName, type Row } from "../table/Table.ts"
import { type Ahead, findAhead } from "./Ahead.ts"
import { makeConversion } from "./Conversion.ts"
import type { InFlight } from "./InFlight.ts"
import { makeMarkedGuard } from "./Guard.ts"
import { picker, pickReplicaKey, separator } from "./Rows.ts"
import { makeTouched } from "./Touched.ts"
import { advance, beganWith, complete, firstPosition, resume, sweepOrder } from "./Sweep.ts"

/** What a pull has done so far; it is counted here so that it is known however the pull ends. */
export interface Tally {
  read: number
  /** Rows read that the source has marked as deleted. */
  softDeleted: number
  pages: number
  /** The moment up to which the replica holds everything, once the sweep is finished. */
  syncedAt: number | undefined
  /** Whether the deadline came before the sweep's end. */
  more: boolean
  /** Why all rows are read again, where that is so. */
  anew: string | undefined
  /** How many rows all ranges have together, where the run has compared each and it is known. */
  counted: number | undefined
  /** Whether ranges are known that an earlier run has compared, so that to compare all of them asks one question. */
  isToCompareAnew: boolean
}

/** What bounds a pull. */
export interface PullOptions {
  /** When to read no further page, in milliseconds since 1970. */
  readonly deadline: number
  /** The transactions in flight when the run began, where the source can tell. */
  readonly inFlight: InFlight | undefined
  /** What the table may use. */
  readonly share: Share
  /** What was read before the run began, if it is of use. */
  readonly ahead?: Ahead | undefined
}

/** About the size of a page in bytes of values; with JSON's quotes and commas it stays below 1 MB. */
export const pageBytes = 700_000
export const firstLimit = 500

/**
 * How many values are applied at once. The replica's readers wait meanwhile, some milliseconds; a page is larger, because
 * a page costs a round trip to the source.
 */
export const pieceValues = 12_000

/**
 * Reads pages from a position on and applies them, the next one being read while the last is applied, until the sweep is
 * finished or the deadline has come. Gives the position then.
 */
export const pull = Effect.fn("Pull.pull")(function* (
  plan: Plan,
  from: Position | undefined,
  run: SinkRun,
  { deadline, inFlight, share, ahead }: PullOptions,
  tally: Tally,
): Effect.fn.Return<Position, ConnectorError, Source> {
  const source = yield* Source
  const convert = makeConversion(plan)
  const separate = separator(plan)
  const marked = makeMarkedGuard(plan, run)
  const touch = makeTouched(plan, run)
  const read = (position: Position, limit: number) => {
    const left = leftOf(share)
    return source.read({
      table: plan.table,
      columns: plan.columns,
      ...sweepOrder(plan, position),
      after: position.after ?? undefined,
      limit: Math.min(limit, left.rows),
      maxBytes: Math.min(pageBytes, left.bytes),
    })
  }

  const pieceRows = Math.max(1, Math.floor(pieceValues / plan.columns.length))
  const apply = Effect.fnUntraced(function* (
    page: Page,
    before: Position,
    position: Position,
    positionAfter: (row: Row) => Position,
    save: boolean,
  ) {
    // Lets the request for the next page go out first.
    yield* Effect.yieldNow
    const rows = yield* page.rows
    if (plan.key !== plan.table.key) yield* checkKey(plan, rows)
    if (marked !== undefined) yield* marked.watch(separate(rows).deletes, before)
    for (let from = 0; from === 0 || from < rows.length; from += pieceRows) {
      const piece = rows.slice(from, from + pieceRows)
      const isLast = from + pieceRows >= rows.length
      const last = piece.at(-1)
      // Lets what else has come be done: nothing here might wait for long.
      if (from > 0) yield* Effect.yieldNow
      const { live, deletes } = separate(piece)
      tally.softDeleted += deletes.length
      yield* run.apply({
        ...convert(live),
        ...(yield* touch(piece)),
        deletes,
        position: isLast || last === undefined ? position : positionAfter(last),
        save: save && isLast,
      })
    }
  })

  const resumed = from && resume(plan, from, yield* Clock.currentTimeMillis, inFlight)
  if (from !== undefined && resumed?.kind === "quiet") {
    tally.syncedAt = resumed.until
    return from
  }
  if (resumed?.kind === "anew") tally.anew = resumed.why
  if (resumed?.kind === "sweep" && resumed.until !== undefined) tally.syncedAt = resumed.until
  const found = findAhead(ahead, plan, from)
  let position: Position =
    resumed?.kind === "sweep" ? (found?.position ?? resumed.position) : yield* begin(plan, inFlight)
  let stored = from === undefined ? "" : encodePosition(from)
  // Where few rows are expected of a whole table, one page is to have them all: the next would look through it again.
  let limit = sweepOrder(plan, position).since === undefined ? Math.min(firstLimit, plan.batchSize) : plan.batchSize
  let page = found?.page ?? (yield* read(position, limit))

  while (true) {
    const pick = picker(plan, sweepOrder(plan, position).order)
    const here: Position = position
    const passed = page.last === undefined ? here : advance(here, page.last)
    const next = page.done ? complete(plan, passed) : { position: passed, finished: false, synced: false }
    tally.read += page.length
    tally.pages += 1
    tally.more = !next.finished
    spend(share, page.length, page.bytes)
    const goesOn = tally.more && !isUsedUp(share) && (yield* Clock.currentTimeMillis) < deadline
    limit = nextLimit(plan.batchSize, limit, page)

    const target = encodePosition(next.position)
    const isNothing = page.length === 0 && (goesOn || target === stored)
    // The source is asked first: it works while this page is made, converted and applied.
    const [following] = yield* Effect.all(
      [
        goesOn ? Effect.result(read(next.position, limit)) : Effect.undefined,
        isNothing ? Effect.void : apply(page, here, next.position, (row) => advance(here, pick(row)), !goesOn),
      ],
      { concurrency: 2 },
    )
    // A scan that has waited began before the tail that went first.
    if (next.synced) tally.syncedAt = Math.max(tally.syncedAt ?? 0, here.startedAt)
    stored = target
    position = next.position
    if (following === undefined) {
      yield* marked?.end(position, tally.more) ?? Effect.void
      return position
    }
    page = yield* Effect.fromResult(following)
  }
})

const begin = Effect.fnUntraced(function* (plan: Plan, inFlight: InFlight | undefined) {
  const now = (yield* Clock.currentTimeMillis) - (inFlight?.behind ?? 0)
  return firstPosition(yield* firstTrail(plan), now, inFlight && beganWith(plan, inFlight))
})

const settleTries = 10
const settleMillis = 100

/**
 * The trail of a first scan. The highest value comes first, so that no transaction that begins after `next` writes below
 * it. Those in flight are given a second to end, because the scan then sees what they wrote; what stays open longer is
 * found, once it ends, by reading all rows again.
 */
const firstTrail = Effect.fnUntraced(function* ({ table, cursor, where }: Plan) {
  if (cursor === undefined) return null
  const source = yield* Source
  const highest = yield* source.highest(table, cursor, where)
  const high = highest === null ? null : notInFuture(cursor, highest, yield* Clock.currentTimeMillis)
  const transactions = source.transactions === undefined ? undefined : yield* source.transactions
  if (source.transactions === undefined || transactions === undefined) return beginTrail(high, undefined)
  let left = transactions
  for (let tries = 0; isAnyOpen(left) && tries < settleTries; tries++) {
    yield* Effect.sleep(settleMillis)
    left = stillOpen(left, yield* source.transactions)
  }
  return beginTrail(high, left)
})

/** A key that the config declares is taken at its word; a page that shows otherwise ends the run. */
export const checkKey = (plan: Plan, rows: ReadonlyArray<Row>): Effect.Effect<void, ConnectorError> => {
  const pick = picker(plan, plan.key)
  const seen = new Set<string>()
  for (const row of rows) {
    const one = JSON.stringify(pick(row))
    if (seen.has(one)) {
      const message = `Two rows of ${formatTableName(plan.table.name)} have the same ${plan.key.join(", ")}.`
      const key = JSON.stringify(pickReplicaKey(plan)(row))
      return Effect.fail(new ConnectorError({ code: "key-not-unique", message, key }))
    }
    seen.add(one)
  }
  return Effect.void
}

/** How many rows the next page may have, so that it comes near {@link pageBytes}: the limit follows the rows' width. */
export const nextLimit = (batchSize: number, limit: number, { length, bytes }: Page): number => {
  if (length === 0) return limit
  const fitting = Math.floor(pageBytes / Math.max(1, bytes / length))
  return Math.max(1, Math.min(batchSize, fitting, limit * 10))
}
