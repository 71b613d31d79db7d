import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"
import { makeConversion } from "./Conversion.ts"

/** A look-up of whole rows is not bounded by their bytes, so it begins with few and asks for as many as their width allows. */
const first = 8
const most = 100
const bytes = 2_000_000

/** How many rows to look up next. */
export interface Width {
  rows: number
}

export const firstWidth = (): Width => ({ rows: first })

/** Looks up whole rows, and learns how wide they are. */
export const lookUpRows = Effect.fnUntraced(function* (
  plan: Plan,
  keys: ReadonlyArray<Key>,
  width: Width,
): Effect.fn.Return<ReadonlyArray<Row>, ConnectorError, Source> {
  const source = yield* Source
  const { table, columns, where, key } = plan
  const rows = yield* source.lookup({ table, columns, where, key, keys })
  const characters = rows.reduce((total, row) => row.reduce((sum, value) => sum + (value?.length ?? 0), total), 0)
  const fitting = rows.length === 0 ? width.rows * 2 : Math.ceil((bytes * rows.length) / Math.max(1, characters))
  width.rows = Math.max(1, Math.min(most, fitting))
  return rows
})

/** Looks up the rows of keys that the replica lacks, and applies them. Gives how many there were. */
export const bring = Effect.fnUntraced(function* (
  plan: Plan,
  run: SinkRun,
  position: Position,
  keys: ReadonlyArray<Key>,
): Effect.fn.Return<number, ConnectorError, Source> {
  const convert = makeConversion(plan)
  const width = firstWidth()
  let read = 0
  for (let at = 0; at < keys.length;) {
    const some = keys.slice(at, at + width.rows)
    at += some.length
    const rows = yield* lookUpRows(plan, some, width)
    read += rows.length
    if (rows.length > 0) yield* run.apply({ ...convert(rows), deletes: [], position, save: false })
  }
  return read
})
