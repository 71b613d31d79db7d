import { byteLength, makeEncoder, maxParameter, placeOfNoText } from "../batches.ts"
import { targetText } from "./store.ts"
import { inReplica, type LogPart, type LogTarget, type Reject, type Row } from "@starbase-replication/core/sink"

/** A portion of what a batch brings to one target. */
export interface Slot {
  readonly part: LogPart
  readonly isEmptied: boolean
  readonly rows: ReadonlyArray<Row>
  readonly deletes: LogPart["deletes"]
  readonly rejects: ReadonlyArray<Reject>
  /** The rows as JSON, or one row in pieces. */
  readonly json: string | null
  readonly pieces: ReadonlyArray<string>
}

/** Keys whose JSON is about half of a parameter. */
const keysAtOnce = 5000

export const keyOf = ({ plan: asked }: LogPart, row: Row): Reject["key"] => {
  const plan = inReplica(asked)
  return plan.key.map((name) => row[plan.columns.findIndex((column) => column.name === name)] ?? null)
}

/** Cuts a part into portions below the size of a parameter. Rows that no table can hold are set aside. */
export const slotsOf = (part: LogPart): ReadonlyArray<Slot> => {
  const plan = inReplica(part.plan)
  const rejects: Array<Reject> = [...part.rejects]
  const rows = part.rows.filter((row) => {
    const column = plan.columns[placeOfNoText(row)]
    if (column === undefined) return true
    const reason = `the ${column.sourceType} value is no text`
    rejects.push({ key: keyOf(part, row), column: column.name, reason })
    return false
  })
  const encoded = makeEncoder(plan)(rows).flatMap((one) => {
    if (!("bytes" in one)) return [one]
    const reason = `the row is ${one.bytes} bytes, more than a table here can hold`
    rejects.push({ key: keyOf(part, one.rows[0]), column: null, reason })
    return []
  })
  const plain = { part, isEmptied: false, rows: [], deletes: [], rejects: [], json: null, pieces: [] }
  const brought = encoded.map((one): Slot =>
    "json" in one ? { ...plain, rows: one.rows, json: one.json } : { ...plain, rows: one.rows, pieces: one.pieces },
  )
  const deleted = Array.from({ length: Math.ceil(part.deletes.length / keysAtOnce) }, (_, at): Slot => ({
    ...plain,
    deletes: part.deletes.slice(at * keysAtOnce, (at + 1) * keysAtOnce),
  }))
  const noted: ReadonlyArray<Slot> = rejects.length === 0 ? [] : [{ ...plain, rejects }]
  const emptied: ReadonlyArray<Slot> = part.isEmptied ? [{ ...plain, isEmptied: true }] : []
  return [...emptied, ...deleted, ...brought, ...noted]
}

/** Keys of targets as a batch names them, or null where there are none. */
export const keysOf = (
  parts: ReadonlyArray<LogPart>,
  pick: (part: LogPart) => ReadonlyArray<Reject["key"]>,
): string | null => {
  const all = parts.flatMap((part) => pick(part).map((key) => [targetText(part.target), JSON.stringify(key)]))
  return all.length === 0 ? null : JSON.stringify(all)
}

/** What a slot takes of a statement, in bytes. */
export const sizeOf = ({ json, pieces, deletes }: Slot): number =>
  (json === null ? 0 : byteLength(json)) + pieces.length * maxParameter + deletes.length * 40

/** A key's text in what was noted of a target. */
export const toKey = (text: string): ReadonlyArray<string> => JSON.parse(text) as ReadonlyArray<string>

export type { LogTarget }
