import * as Effect from "effect/Effect"
import type { ConnectorError } from "../../error/ConnectorError.ts"
import type { Plan } from "../../plan/Plan.ts"
import type { Reject } from "../../sink/Batch.ts"
import type { LogPart, LogTarget, SinkLogRun } from "../../sink/LogSink.ts"
import { type Key, keyIdentity } from "../../table/Key.ts"
import type { Row } from "../../table/Table.ts"
import { type Converted, makeConversion } from "../Conversion.ts"
import { pickKey, separator } from "../Rows.ts"
import type { Folded, FoldedTable } from "./Fold.ts"

/** What follows the log, with the plan of its table. */
export interface FedTarget {
  readonly target: LogTarget
  readonly plan: Plan
  /** Whether rows of it are, or were, to be looked up. */
  isWanting: boolean
}

/**
 * What changes come to in a target. Values that were not told are those of the row of before, under the key that it had
 * then, or, where a later page of a first load has brought it already, under the one that it has now. Where the target has
 * neither, the row is to be looked up.
 */
export const partOf = Effect.fnUntraced(function* (
  sink: SinkLogRun,
  fed: FedTarget,
  folded: FoldedTable,
): Effect.fn.Return<LogPart | undefined, ConnectorError> {
  const { target, plan } = fed
  if (folded.rows.size === 0 && !folded.isEmptied) return undefined
  const all = [...folded.rows.values()]
  const based = all.filter(({ row, base }) => row !== undefined && base !== undefined)
  const keys = based.flatMap(({ key, base }) => (base === undefined ? [] : [base, key]))
  const identity = identityOf(plan)
  const pick = pickKey(plan)
  const known = new Map(
    (keys.length === 0 ? [] : yield* sink.rows(target, plan, keys)).map((row) => [identity(pick(row)), row]),
  )
  const convert = makeConversion(plan)
  const isMarked = markOf(plan)
  const resolved = all.map((one) => resolve(one, convert, isMarked, (key) => known.get(identity(key))))
  const deletes: ReadonlyArray<Key> = resolved.flatMap(({ key, isMarked }) => (isMarked === true ? [key] : []))
  const wanted = resolved.flatMap(({ key, isWanted }) => (isWanted === true ? [key] : []))
  const settled = fed.isWanting ? resolved.flatMap(({ key, isWanted }) => (isWanted === true ? [] : [key])) : []
  if (wanted.length > 0) fed.isWanting = true
  const isKept = plan.deletes.kind === "ignore"
  const gone = resolved.flatMap(({ key, isGone }) => (isGone === true && !isKept ? [key] : []))
  return {
    target,
    plan,
    isEmptied: folded.isEmptied && !isKept,
    rows: resolved.flatMap(({ row }) => (row === undefined ? [] : [row])),
    rejects: resolved.flatMap(({ reject }) => (reject === undefined ? [] : [reject])),
    deletes: [...deletes, ...gone],
    wanted,
    found: settled,
  }
})

const identityOf = (plan: Plan) => {
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  return (key: Key) => keyIdentity(columns, key)
}

interface Resolved {
  readonly key: Key
  /** As the replica has it. */
  readonly row?: Row
  readonly reject?: Reject
  readonly isMarked?: boolean
  readonly isGone?: boolean
  readonly isWanted?: boolean
}

/** The function that tells whether the source has marked a row as deleted. */
const markOf = (plan: Plan) => {
  if (plan.deletes.kind !== "soft") return () => false
  const separate = separator(plan)
  return (row: Row): boolean => separate([row]).deletes.length > 0
}

const resolve = (
  { key, row, base, isWanted }: Folded,
  convert: (rows: ReadonlyArray<Row>) => Converted,
  isMarked: (row: Row) => boolean,
  rowOf: (key: Key) => Row | undefined,
): Resolved => {
  if (isWanted) return { key, isWanted }
  if (row === undefined) return { key, isGone: true }
  const from = base === undefined ? undefined : (rowOf(base) ?? rowOf(key))
  if (from === undefined && row.includes(undefined)) return { key, isWanted: true }
  // What was not told is as the replica has it already: converted, and masked.
  const told = row.map((value) => value ?? null)
  const merged = row.map((value, at) => (value === undefined ? (from?.[at] ?? null) : value))
  if (isMarked(merged)) return { key, isMarked: true }
  const { rows, rejects } = convert([told])
  const [reject] = rejects
  if (reject !== undefined) return { key, reject }
  const [converted = told] = rows
  return {
    key,
    row: converted.map((value, at) => (at < row.length && row[at] === undefined ? (from?.[at] ?? null) : value)),
  }
}
