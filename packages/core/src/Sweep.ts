import type { Filter } from "./Page.ts"
import type { Plan } from "./Plan.ts"
import { nextFrom, type Position } from "./Position.ts"
import type { Row, Value } from "./Table.ts"

/** What a sweep reads, apart from where in it the next page begins. */
export interface SweepOrder {
  readonly where: ReadonlyArray<Filter>
  readonly order: ReadonlyArray<string>
}

/** The position of a table that was never pulled: a scan that begins now. `highest` is the cursor's highest value now. */
export const firstPosition = (highest: Value, now: number): Position => ({
  version: 1,
  sweep: "scan",
  after: null,
  from: highest,
  startedAt: now,
})

/** The position from which a run goes on: of a sweep that is not begun yet, the same with its beginning noted. */
export const resume = (position: Position, now: number): Position =>
  position.startedAt === 0 ? { ...position, startedAt: now } : position

/** What the sweep of a position reads. */
export const sweepOrder = (plan: Plan, position: Position): SweepOrder => {
  const { cursor, key } = plan
  const where = [...plan.where, ...keyIsThere(plan)]
  if (cursor === undefined || position.sweep === "scan") return { where, order: key }
  const column = cursor.name
  if (position.sweep === "nulls") return { where: [...where, { column, op: "isNull" }], order: key }
  const order = [column, ...key.filter((name) => name !== column)]
  if (position.after !== null) return { where, order }
  if (position.from !== null) return { where: [...where, { column, op: "gte", value: position.from }], order }
  return { where: cursor.nullable ? [...where, { column, op: "isNotNull" }] : where, order }
}

/** Only a view's key may be NULL; such rows cannot be told apart and are left out. */
const keyIsThere = ({ key, table }: Plan): ReadonlyArray<Filter> =>
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
  const anew = { ...position, after: null, startedAt: 0 }
  if (cursor === undefined) return { position: anew, finished: true }
  const next = cursor.nullable ? "nulls" : "tail"
  switch (position.sweep) {
    case "scan":
      return { position: { ...anew, sweep: next }, finished: true }
    case "nulls":
      return { position: { ...position, sweep: "tail", after: null }, finished: false }
    case "tail": {
      const last = position.after?.[0] ?? position.from
      return { position: { ...anew, sweep: next, from: nextFrom(cursor, last, position.startedAt) }, finished: true }
    }
  }
}
