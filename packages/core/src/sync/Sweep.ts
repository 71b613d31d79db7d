import { moveBack } from "../plan/Overlap.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Since } from "../source/Request.ts"
import { notInFuture, type Position } from "../state/Position.ts"
import { isQuietSince, keepSeen, type Seen, seenFrom, whyAnew } from "../state/Seen.ts"
import { completeTrail, sweepFrom, type Trail } from "../state/Trail.ts"
import type { Filter } from "../table/Filter.ts"
import type { Row } from "../table/Table.ts"
import type { InFlight } from "./InFlight.ts"

/** What a sweep reads, apart from where in it the next page begins. */
export interface SweepOrder {
  readonly where: ReadonlyArray<Filter>
  readonly order: ReadonlyArray<string>
  readonly since?: Since
}

/** The position of a table that was never pulled: a scan that begins now. */
export const firstPosition = (trail: Trail | null, now: number, began: Position["began"] = null): Position => ({
  version: 1,
  sweep: "scan",
  after: null,
  trail,
  startedAt: now,
  began,
})

/** What a position keeps of the transactions in flight, and of the table's parts. */
export const beganWith = (plan: Plan, inFlight: InFlight): NonNullable<Position["began"]> => {
  const { next, open, unsureFrom, history } = inFlight
  const { parts } = plan.table
  return {
    next,
    open,
    ...(unsureFrom === undefined ? {} : { unsureFrom }),
    ...(history === undefined ? {} : { history }),
    ...(parts === undefined ? {} : { parts }),
  }
}

/**
 * How a run goes on: with the sweep of a position; with nothing, because the source was quiet up to a time in milliseconds
 * since 1970; or from the very beginning, and why.
 */
export type Resumed =
  | { readonly kind: "sweep"; readonly position: Position }
  | { readonly kind: "quiet"; readonly until: number }
  | { readonly kind: "anew"; readonly why: string }

/**
 * How a run goes on from a position: of a sweep that has not begun yet, from the same with its beginning noted. What was
 * in flight when it was asked for and has ended since is not read by the sweep, which so began when it was asked for; at a
 * standby, when what it shows was written.
 */
export const resume = (plan: Plan, position: Position, now: number, inFlight: InFlight | undefined): Resumed => {
  const { seen, scanned, startedAt } = position
  if (inFlight === undefined) {
    return { kind: "sweep", position: startedAt !== 0 ? position : { ...position, startedAt: now, began: null } }
  }
  const underWay = seenFrom(position.began ?? undefined, [], startedAt)
  const why = whyAnew(underWay, inFlight) ?? whyAnew(seen, inFlight) ?? whyAnew(scanned, inFlight)
  if (why !== undefined) return { kind: "anew", why }
  if (startedAt !== 0) return { kind: "sweep", position }
  const { before, behind = 0, horizon } = inFlight
  const isOutOfSight = (one: Seen | undefined) =>
    one === undefined || (horizon !== undefined && BigInt(one.before) < BigInt(horizon))
  const { seen: _seen, scanned: _scanned, ...rest } = position
  const begun: Position = {
    ...rest,
    ...(isOutOfSight(seen) ? {} : { seen }),
    ...(isOutOfSight(scanned) ? {} : { scanned }),
    startedAt: before - behind,
    began: beganWith(plan, inFlight),
  }
  const { parts } = plan.table
  const isQuiet = (one: Seen | undefined) =>
    one !== undefined && parts !== undefined && isQuietSince(one, inFlight, parts)
  if (!isQuiet(seen)) return { kind: "sweep", position: begun }
  // What the cursor shows has been brought; there may be more.
  const isScanned = !isScanDue(plan, begun) || isQuiet(scanned)
  return isScanned
    ? { kind: "quiet", until: begun.startedAt }
    : { kind: "sweep", position: { ...begun, sweep: "scan" } }
}

/** How often a table with a cursor is scanned for what its cursor does not show, where nothing else is said. */
const defaultScanMillis = 3_600_000

/** Whether it is time to look for rows that the cursor does not show. */
const isScanDue = (plan: Plan, { scanned, startedAt }: Position): boolean => {
  if (plan.cursor === undefined || plan.table.parts === undefined) return false
  const every = plan.deletes.kind === "reconcile" ? plan.deletes.every : defaultScanMillis
  return scanned === undefined || scanned.at > startedAt || startedAt - scanned.at >= every
}

/** Which rows a sweep need not read, because a former one has. */
const sinceOf = ({ cursor, table }: Plan, { sweep, began, seen, scanned }: Position): { readonly since?: Since } => {
  const known = cursor !== undefined && sweep === "scan" ? scanned : seen
  if (table.parts === undefined || known === undefined || known.history !== began?.history) return {}
  return { since: { id: known.before, parts: known.parts } }
}

/** What the sweep of a position reads. */
export const sweepOrder = (plan: Plan, position: Position): SweepOrder => {
  const { cursor, key } = plan
  const where = [...plan.where, ...keyIsThere(plan)]
  const since = sinceOf(plan, position)
  if (cursor === undefined || position.trail === null || position.sweep === "scan") {
    return { where, order: key, ...since }
  }
  const column = cursor.name
  if (position.sweep === "nulls") return { where: [...where, { column, op: "isNull" }], order: key, ...since }
  const order = [column, ...key.filter((name) => name !== column)]
  if (position.after !== null) return { where, order, ...since }
  const from = sweepFrom(position.trail, position.began ?? undefined)
  if (from === null) {
    return { where: cursor.nullable ? [...where, { column, op: "isNotNull" }] : where, order, ...since }
  }
  return { where: [...where, { column, op: "gte", value: moveBack(cursor, from, plan.overlap) }], order, ...since }
}

/** Only a view's key may be NULL; such rows cannot be told apart and are left out. */
export const keyIsThere = ({ key, table }: Plan): ReadonlyArray<Filter> =>
  table.columns.flatMap(({ name, nullable }) =>
    nullable && key.includes(name) ? { column: name, op: "isNotNull" } : [],
  )

/** The position once the sweep has passed a row, given the values of its order columns. */
export const advance = (position: Position, order: Row): Position => ({
  ...position,
  after: order.map((value) => value ?? ""),
})

/** What follows the end of a sweep. */
export interface Completed {
  readonly position: Position
  /** Whether the run has nothing more to sweep. */
  readonly finished: boolean
  /** Whether the replica now holds what there was when the sweep began, as far as its way of finding changes goes. */
  readonly synced: boolean
}

/**
 * The position once the sweep has reached its end. A sweep that begins anew has no `startedAt` yet, so that a run which
 * finds nothing leaves the stored position as it was.
 */
export const complete = (plan: Plan, position: Position): Completed => {
  const { cursor } = plan
  const { sweep, trail, began, startedAt, after } = position
  const fresh = seenFrom(began ?? undefined, began?.parts, startedAt)
  const { seen: _seen, scanned: _scanned, ...rest } = position
  const noted = (seen: Seen | undefined, scanned: Seen | undefined) => ({
    ...rest,
    ...(seen === undefined ? {} : { seen }),
    ...(scanned === undefined ? {} : { scanned }),
    after: null,
  })
  const ended = { startedAt: 0, began: null }
  const seen = keepSeen(position.seen, fresh, after !== null)
  if (cursor === undefined || trail === null) {
    return { position: { ...noted(seen, undefined), ...ended }, finished: true, synced: true }
  }
  const next = cursor.nullable ? "nulls" : "tail"
  switch (sweep) {
    case "scan":
      return { position: { ...noted(fresh, fresh), ...ended, sweep: next }, finished: true, synced: true }
    case "nulls":
      return { position: { ...position, sweep: "tail", after: null }, finished: false, synced: false }
    case "tail": {
      const last = after?.[0]
      const high = last === undefined ? null : notInFuture(cursor, last, startedAt)
      const passed = { ...noted(seen, position.scanned), trail: completeTrail(trail, began ?? undefined, high) }
      return isScanDue(plan, position)
        ? { position: { ...passed, sweep: "scan" }, finished: false, synced: true }
        : { position: { ...passed, ...ended, sweep: next }, finished: true, synced: true }
    }
  }
}
