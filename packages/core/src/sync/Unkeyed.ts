import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import { keyIsThere } from "./Sweep.ts"

/**
 * How many rows have NULL in a column of the key, so that nothing tells them apart and they are left out; undefined where
 * the source cannot count them.
 */
export const countUnkeyed = Effect.fnUntraced(function* (
  plan: Plan,
): Effect.fn.Return<number | undefined, ConnectorError, Source> {
  const lacking = keyIsThere(plan).map(({ column }) => column)
  const { measure } = yield* Source
  if (lacking.length === 0) return 0
  if (measure === undefined) return undefined
  const { table, where } = plan
  const columns = plan.columns.filter(({ name }) => lacking.includes(name))
  const asked = { table, columns, where, lacking, weighed: false, digested: false, most: undefined }
  return (yield* measure(asked)).rows
})

/** What to know of rows without a key, in a sentence. */
export const unkeyedCaution = (plan: Plan, rows: number): string => {
  const names = keyIsThere(plan).map(({ column }) => `"${column}"`)
  const few = rows === 1 ? "1 row is" : `${rows} rows are`
  const raise =
    plan.table.nullableKey === undefined ? "" : " A table as large as whole allows is replicated with all rows."
  return `${few} set aside, because nothing tells rows apart in which ${names.join(" or ")} is NULL.${raise}`
}

/** Notes how many rows are left out, where that has changed, and gives the position that says so. A count that fails stops nothing. */
export const noteUnkeyed = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, position: Position) {
  const rows = yield* Effect.orElseSucceed(countUnkeyed(plan), () => undefined)
  if (rows === undefined || rows === (position.unkeyed ?? 0)) return position
  const noted: Position = { ...position, unkeyed: rows }
  yield* run.apply({ rows: [], rejects: [], deletes: [], position: noted, save: true })
  return noted
})
