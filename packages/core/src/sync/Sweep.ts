import { moveBack } from "../plan/Overlap.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Transactions } from "../source/Transactions.ts"
import { notInFuture, type Position } from "../state/Position.ts"
import { completeTrail, sweepFrom, type Trail } from "../state/Trail.ts"
import type { Filter } from "../table/Filter.ts"
import type { Row } from "../table/Table.ts"

/** What a sweep reads, apart from where in it the next page begins. */
export interface SweepOrder {
  readonly where: ReadonlyArray<Filter>
  readonly order: ReadonlyArray<string>
}

/** The position of a table that was never pulled: a scan that begins now. */
export const firstPosition = (trail: Trail | null, now: number): Position => ({
  version: 1,
  sweep: "scan",
  after: null,
  trail,
  startedAt: now,
  began: null,
})

/**
 * The position from which a run goes on: of a sweep that has not begun yet, the same with its beginning noted. What was
 * in flight when it was asked for and has ended since is not read by the sweep, which so began when it was asked for; at a
 * standby, when what it shows was written.
 */
export const resume = (
  position: Position,
  now: number,
  inFlight: (Transactions & { readonly before: number }) | undefined,
): Position => {
  if (position.startedAt !== 0) return position
  if (inFlight === undefined) return { ...position, startedAt: now, began: null }
  const { before, behind = 0, ...began } = inFlight
  return { ...position, startedAt: before - behind, began }
}

/** What the sweep of a position reads. */
export const sweepOrder = (plan: Plan, position: Position): SweepOrder => {
  const { cursor, key } = plan
  const where = [...plan.where, ...keyIsThere(plan)]
  if (cursor === undefined || position.trail === null || position.sweep === "scan") return { where, order: key }
  const column = cursor.name
  if (position.sweep === "nulls") return { where: [...where, { column, op: "isNull" }], order: key }
  const order = [column, ...key.filter((name) => name !== column)]
  if (position.after !== null) return { where, order }
  const from = sweepFrom(position.trail, position.began ?? undefined)
  if (from === null) return { where: cursor.nullable ? [...where, { column, op: "isNotNull" }] : where, order }
  return { where: [...where, { column, op: "gte", value: moveBack(cursor, from, plan.overlap) }], order }
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

/**
 * The position once the sweep has reached its end, and whether the run has nothing more to sweep. A sweep that begins
 * anew has no `startedAt` yet, so that a run which finds nothing leaves the stored position as it was.
 */
export const complete = (
  plan: Plan,
  position: Position,
): { readonly position: Position; readonly finished: boolean } => {
  const { cursor } = plan
  const anew = { ...position, after: null, startedAt: 0, began: null }
  if (cursor === undefined || position.trail === null) return { position: anew, finished: true }
  const next = cursor.nullable ? "nulls" : "tail"
  switch (position.sweep) {
    case "scan":
      return { position: { ...anew, sweep: next }, finished: true }
    case "nulls":
      return { position: { ...position, sweep: "tail", after: null }, finished: false }
    case "tail": {
      const last = position.after?.[0]
      const high = last === undefined ? null : notInFuture(cursor, last, position.startedAt)
      const trail = completeTrail(position.trail, position.began ?? undefined, high)
      return { position: { ...anew, sweep: next, trail }, finished: true }
    }
  }
}
