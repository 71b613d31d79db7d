import { moveBack } from "../plan/Overlap.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Since } from "../source/Request.ts"
import { notInFuture, type Position } from "../state/Position.ts"
import { isQuietSince, keepSeen, type Seen, seenFrom, whyAnew } from "../state/Seen.ts"
import { completeTrail, sweepFrom, type Trail } from "../state/Trail.ts"
import type { Filter } from "../table/Filter.ts"
import type { Column, Row } from "../table/Table.ts"
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
 * How a run goes on: with the sweep of a position; with nothing, because the source was quiet; or from the very beginning,
 * and why. `until` is up to when it was quiet, in milliseconds since 1970: there may be more to scan all the same.
 */
export type Resumed =
  | { readonly kind: "sweep"; readonly position: Position; readonly until?: number }
  | { readonly kind: "quiet"; readonly until: number }
  | { readonly kind: "anew"; readonly why: string }

/**
 * How a run goes on from a position: of a sweep that has not begun yet, from the same with its beginning noted. What was
 * in flight when it was asked for and has ended since is not read by the sweep, which so began when it was asked for; at a
 * standby, when what it shows was written. A scan for what a cursor does not show waits for a tail.
 */
export const resume = (plan: Plan, stored: Position, now: number, inFlight: InFlight | undefined): Resumed => {
  const why = inFlight && whyAnewOf(stored, inFlight)
  if (why !== undefined) return { kind: "anew", why }
  const position = letWait(plan, stored)
  if (position.startedAt !== 0) return { kind: "sweep", position }
  const begun = begin(plan, position, now, inFlight)
  const isQuiet = (seen: Seen | undefined) =>
    inFlight !== undefined && plan.table.parts !== undefined && isQuietSince(seen, inFlight, plan.table.parts)
  if (!isQuiet(begun.seen)) return { kind: "sweep", position: begun }
  // What the cursor shows has been brought; there may be more.
  const until = begun.startedAt
  if (begun.waiting !== undefined) return { kind: "sweep", position: goOnScanning(begun), until }
  if (!isScanDue(plan, begun) || isQuiet(begun.scanned)) return { kind: "quiet", until }
  return { kind: "sweep", position: { ...begun, sweep: "scan" }, until }
}

const whyAnewOf = ({ began, startedAt, seen, scanned }: Position, inFlight: InFlight): string | undefined =>
  whyAnew(seenFrom(began ?? undefined, [], startedAt), inFlight) ??
  whyAnew(seen, inFlight) ??
  whyAnew(scanned, inFlight)

/** A scan that a run has left waits, where the table was complete before: what the cursor shows comes first. */
const letWait = ({ cursor }: Plan, position: Position): Position => {
  const { sweep, after, startedAt, began, scannedAt } = position
  if (cursor === undefined || sweep !== "scan" || startedAt === 0 || scannedAt === undefined) return position
  const waiting = { after, startedAt, began }
  return { ...position, sweep: firstSweep(cursor), after: null, startedAt: 0, began: null, waiting }
}

/** The scan that has waited. */
const goOnScanning = ({ waiting, ...position }: Position): Position =>
  waiting === undefined ? position : { ...position, ...waiting, sweep: "scan" }

/** The first sweep of a table that is complete but for what is new. */
const firstSweep = ({ nullable }: Column): Position["sweep"] => (nullable ? "nulls" : "tail")

/** A sweep's beginning, without what its source cannot tell from rows of long ago. */
const begin = (plan: Plan, position: Position, now: number, inFlight: InFlight | undefined): Position => {
  if (inFlight === undefined) return { ...position, startedAt: now, began: null }
  const { before, behind = 0, horizon } = inFlight
  const isInSight = (seen: Seen | undefined): seen is Seen =>
    seen !== undefined && (horizon === undefined || BigInt(seen.before) >= BigInt(horizon))
  const { seen, scanned, ...rest } = position
  return {
    ...rest,
    ...(isInSight(seen) ? { seen } : {}),
    ...(isInSight(scanned) ? { scanned } : {}),
    startedAt: before - behind,
    began: beganWith(plan, inFlight),
  }
}

/** How often a table is scanned for what its cursor does not show, where rows tell who wrote them and nothing else is said. */
const defaultScanMillis = 3_600_000

/** Whether it is time to look for rows that the cursor does not show. Ranges show them when the table is reconciled. */
const isScanDue = ({ cursor, deletes, digests, table }: Plan, { scannedAt, startedAt }: Position): boolean => {
  if (cursor === undefined || digests || (deletes.kind !== "reconcile" && table.parts === undefined)) return false
  const every = deletes.kind === "reconcile" ? deletes.every : defaultScanMillis
  return scannedAt === undefined || scannedAt > startedAt || startedAt - scannedAt >= every
}

/** Which rows a sweep need not read, because a former one has. */
const sinceOf = ({ cursor, table }: Plan, { sweep, began, seen, scanned }: Position): { readonly since?: Since } => {
  const known = cursor !== undefined && sweep === "scan" ? scanned : seen
  if (table.parts === undefined || known === undefined || known.history !== began?.history) return {}
  return { since: { id: known.before, parts: known.parts } }
}

/** Since when rows are not known to be in the replica for sure, of a position between two sweeps. */
export const completeSince = ({ cursor, table }: Plan, { seen, scanned }: Position): Since | undefined => {
  const known = cursor === undefined ? seen : scanned
  return table.parts === undefined || known === undefined ? undefined : { id: known.before, parts: known.parts }
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
  const { seen: old, scanned, scannedAt, ...rest } = position
  const noted = (what: Partial<Pick<Position, "seen" | "scanned" | "scannedAt">>) => ({ ...rest, ...what, after: null })
  const seen = keepSeen(old, fresh, after !== null)
  const isSeen = seen === undefined ? {} : { seen }
  const ended = { startedAt: 0, began: null }
  if (cursor === undefined || trail === null || sweep === "whole") {
    return { position: { ...noted(isSeen), ...ended }, finished: true, synced: true }
  }
  switch (sweep) {
    case "scan": {
      // One that has waited knows less than the tails since.
      const passed = fresh === undefined ? {} : { seen: old ?? fresh, scanned: fresh }
      const next = { ...noted({ ...passed, scannedAt: startedAt }), ...ended, sweep: firstSweep(cursor) }
      return { position: next, finished: true, synced: true }
    }
    case "nulls":
      return { position: { ...position, sweep: "tail", after: null }, finished: false, synced: false }
    case "tail": {
      const last = after?.[0]
      const high = last === undefined ? null : notInFuture(cursor, last, startedAt)
      const before = {
        ...(scanned === undefined ? {} : { scanned }),
        ...(scannedAt === undefined ? {} : { scannedAt }),
      }
      const passed: Position = {
        ...noted({ ...isSeen, ...before }),
        trail: completeTrail(trail, began ?? undefined, high),
      }
      if (passed.waiting !== undefined) return { position: goOnScanning(passed), finished: false, synced: true }
      return isScanDue(plan, position)
        ? { position: { ...passed, sweep: "scan" }, finished: false, synced: true }
        : { position: { ...passed, ...ended, sweep: firstSweep(cursor) }, finished: true, synced: true }
    }
  }
}
