import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { inReplica } from "../plan/InReplica.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Measure } from "../source/Whole.ts"
import { encodePosition, type Position } from "../state/Position.ts"
import type { Converted } from "./Conversion.ts"
import { forget, passRows, passSwap } from "./Guard.ts"
import { makeIndexes } from "./Indexing.ts"
import { pieceValues, type PullOptions, type Tally } from "./Pull.ts"
import { measureWhole, readWhole, type Sum, type WholePlan } from "./ReadWhole.ts"
import { wrap } from "./RowDigest.ts"
import { beganWith, complete, firstPosition, resume, sweepOrder } from "./Sweep.ts"

/** A run of a table that is read whole. */
export interface WholeContext {
  readonly plan: WholePlan
  readonly run: SinkRun
  readonly options: PullOptions
  readonly tally: Tally
  /** Is told of the run that goes on in the place of {@link run}, which builds the replica anew. */
  readonly goOn: (run: SinkRun) => void
}

/** Rows that were looked at are kept up to so many bytes, lest they be read once more to be written. */
const mostHeld = 4_000_000

/**
 * Brings a table without a key: nothing where it is as it was, else all of it, into a replica that is built beside the one
 * which readers see, and put in its place in one step. Whether something changed is asked of the source where it can tell;
 * else the rows are read and summed up before any is written.
 */
export const pullWhole = Effect.fn("Whole.pull")(function* (
  context: WholeContext,
): Effect.fn.Return<void, ConnectorError, Source> {
  const { plan, run, options, tally } = context
  // A replica that is being built anew is wanted whatever the source has.
  const from = run.swap === undefined ? run.stored.position : undefined
  const now = yield* Clock.currentTimeMillis
  const resumed = from && resume(plan, from, now, options.inFlight)
  if (resumed?.kind === "quiet") {
    tally.syncedAt = resumed.until
    return
  }
  if (resumed?.kind === "anew") tally.anew = resumed.why
  const position = resumed?.kind === "sweep" ? resumed.position : begin(context, now)
  const known = from?.whole
  const measured = yield* measure(context, position, known)
  if (from !== undefined && known !== undefined) {
    if (isSame(known, measured)) return yield* leave(context, from, position, known)
    const looked = yield* look(context)
    if (looked === undefined) return
    const { sum, held } = looked
    if (sum.rows === known.rows && sum.digest === known.digest) return yield* leave(context, from, position, sum)
    yield* passRows(run, from, sum.rows)
    return yield* build(context, position, { sum, held })
  }
  yield* build(context, position, undefined)
})

/** Builds the replica anew, whatever the source has. */
export const rebuildWhole = Effect.fnUntraced(function* (context: WholeContext) {
  yield* build(context, begin(context, yield* Clock.currentTimeMillis), undefined)
})

/** The position of a reading that begins now. */
const begin = ({ plan, options: { inFlight } }: WholeContext, now: number): Position => ({
  ...firstPosition(null, inFlight === undefined ? now : inFlight.before - (inFlight.behind ?? 0)),
  began: inFlight === undefined ? null : beganWith(plan, inFlight),
  sweep: "whole",
})

/** Asks the source how large the table is and, as far as it can tell, whether it is another than the one that is known. */
const measure = Effect.fnUntraced(function* ({ plan }: WholeContext, position: Position, known: Sum | undefined) {
  const source = yield* Source
  const { since } = known === undefined ? {} : sweepOrder(plan, position)
  const digested = known?.told !== undefined && since === undefined && source.digest !== undefined
  const asked = { digested, weighed: since === undefined && !digested }
  return yield* measureWhole(plan, since === undefined ? asked : { ...asked, since })
})

/** Whether what the source tells without its rows says that they are those that were read. */
const isSame = (known: Sum, { rows, written, digest }: Measure): boolean => {
  if (rows !== known.given) return false
  return rows === 0 || written === 0 || (digest !== undefined && String(wrap(BigInt(digest))) === known.told)
}

/** Reads the rows without writing any. As long as they are few, they are kept. */
const look = Effect.fnUntraced(function* ({ plan, options, tally }: WholeContext) {
  let held: Array<Converted> | undefined = []
  const sum = yield* readWhole(plan, options, tally, (page, { bytes }) =>
    Effect.sync(() => {
      if (bytes > mostHeld) held = undefined
      else held?.push(page)
    }),
  )
  tally.read = sum?.given ?? 0
  tally.more = sum === undefined
  return sum && { sum, held }
})

/** Notes how far nothing has changed; what is known of the rows stays. */
const leave = Effect.fnUntraced(function* (
  { plan, run, tally }: WholeContext,
  from: Position,
  position: Position,
  whole: Sum,
) {
  const next: Position = { ...complete(plan, position).position, whole }
  yield* forget(run, next, "swap")
  if (encodePosition(next) !== encodePosition(from)) {
    yield* run.apply({ rows: [], rejects: [], deletes: [], position: next, save: true })
  }
  tally.syncedAt = position.startedAt
  tally.more = false
})

/** Fills a replica beside the one that readers see, and puts it in its place. */
const build = Effect.fnUntraced(function* (
  context: WholeContext,
  position: Position,
  looked: { readonly sum: Sum; readonly held: ReadonlyArray<Converted> | undefined } | undefined,
) {
  const { plan, options, tally, goOn } = context
  const run = context.run.swap === undefined ? yield* context.run.renew({ refresh: true }) : context.run
  goOn(run)
  const pieceRows = Math.max(1, Math.floor(pieceValues / inReplica(plan).columns.length))
  // Without what is known of the rows it is the position of a replica that is not complete.
  const { whole: _whole, ...filling } = position
  const fill = Effect.fnUntraced(function* ({ rows, rejects }: Converted) {
    for (let from = 0; from < Math.max(1, rows.length); from += pieceRows) {
      // Lets what else has come be done: nothing here might wait for long.
      yield* Effect.yieldNow
      const piece = rows.slice(from, from + pieceRows)
      const given = { rows: piece, rejects: from === 0 ? rejects : [] }
      yield* run.apply({ ...given, deletes: [], position: filling, save: true })
    }
  })
  if (looked?.held !== undefined) yield* Effect.forEach(looked.held, fill, { discard: true })
  const sum = looked?.held === undefined ? yield* readWhole(plan, options, tally, fill) : looked.sum
  tally.more = sum === undefined
  if (sum === undefined) return
  tally.read = sum.given
  const next: Position = { ...complete(plan, position).position, whole: sum }
  yield* run.apply({ rows: [], rejects: [], deletes: [], position: next, save: true })
  yield* passSwap(run, next)
  yield* makeIndexes(plan, run, true)
  yield* run.swap ?? Effect.void
  tally.syncedAt = position.startedAt
})
