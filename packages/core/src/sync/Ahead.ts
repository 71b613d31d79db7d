import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Plan } from "../plan/Plan.ts"
import type { Page } from "../source/Page.ts"
import { Source } from "../source/Source.ts"
import { encodePosition, type Position } from "../state/Position.ts"
import type { InFlight } from "./InFlight.ts"
import { resume, sweepOrder } from "./Sweep.ts"

/** All that a sweep has to read, read ahead in one round trip with what others have. */
export interface Ahead {
  readonly plan: Plan
  /** The stored position that the run will find, if none has come between. */
  readonly from: Position
  /** The position of the sweep that begins. */
  readonly position: Position
  /** Its only page. */
  readonly page: Page
}

/** So few rows and bytes are read ahead of each table, because those of many are held at once. */
const most = { rows: 500, bytes: 50_000 }

/**
 * Reads ahead what tables have to read that begin a sweep, where that is little. What cannot be had so is read once its
 * table is run, which also tells what went wrong.
 */
export const readAhead = Effect.fnUntraced(function* (
  tables: ReadonlyArray<{ readonly plan: Plan; readonly from: Position }>,
  inFlight: InFlight | undefined,
): Effect.fn.Return<ReadonlyArray<Ahead>, never, Source> {
  const { readMany } = yield* Source
  if (readMany === undefined) return []
  const now = yield* Clock.currentTimeMillis
  const begun = tables.flatMap(({ plan, from }) => {
    const resumed = resume(plan, from, now, inFlight)
    return resumed.kind === "sweep" && from.startedAt === 0 ? [{ plan, from, position: resumed.position }] : []
  })
  if (begun.length < 2) return []
  const requests = begun.map(({ plan, position }) => ({
    table: plan.table,
    columns: plan.columns,
    ...sweepOrder(plan, position),
    after: undefined,
    limit: Math.min(most.rows, plan.batchSize),
    maxBytes: most.bytes,
  }))
  const pages = yield* Effect.catch(readMany(requests), () => Effect.succeed([]))
  return begun.flatMap((one, at) => {
    const page = pages[at]
    return page?.done === true ? [{ ...one, page }] : []
  })
})

/** What was read ahead for a run that has such a plan and goes on from such a position. */
export const findAhead = (ahead: Ahead | undefined, plan: Plan, from: Position | undefined): Ahead | undefined => {
  if (ahead?.plan !== plan || from === undefined) return undefined
  return encodePosition(ahead.from) === encodePosition(from) ? ahead : undefined
}
