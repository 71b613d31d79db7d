import * as Effect from "effect/Effect"
import type { ConnectorError } from "../../error/ConnectorError.ts"
import type { Plan } from "../../plan/Plan.ts"
import type { LogPart, LogTarget, SinkLogRun } from "../../sink/LogSink.ts"
import { type Key, keyIdentity } from "../../table/Key.ts"
import type { Row } from "../../table/Table.ts"
import { makeConversion } from "../Conversion.ts"
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
  const resolved = all.map((one) => resolve(one, (key) => known.get(identity(key))))
  const { live, deletes } = separator(plan)(resolved.flatMap(({ row }) => (row === undefined ? [] : [row])))
  const converted = makeConversion(plan)(live)
  const wanted = resolved.flatMap(({ key, isWanted }) => (isWanted ? [key] : []))
  const settled = fed.isWanting ? resolved.flatMap(({ key, isWanted }) => (isWanted ? [] : [key])) : []
  if (wanted.length > 0) fed.isWanting = true
  const isKept = plan.deletes.kind === "ignore"
  const gone = resolved.flatMap(({ key, row, isWanted }) => (row === undefined && !isWanted && !isKept ? [key] : []))
  return {
    target,
    plan,
    isEmptied: folded.isEmptied && !isKept,
    rows: converted.rows,
    rejects: converted.rejects,
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
  readonly row: Row | undefined
  readonly isWanted: boolean
}

const resolve = ({ key, row, base, isWanted }: Folded, rowOf: (key: Key) => Row | undefined): Resolved => {
  if (row === undefined) return { key, row, isWanted }
  const from = base === undefined ? undefined : (rowOf(base) ?? rowOf(key))
  const values: Array<string | null> = []
  for (const [at, value] of row.entries()) {
    if (value !== undefined) values.push(value)
    else if (from === undefined) return { key, row: undefined, isWanted: true }
    else values.push(from[at] ?? null)
  }
  return { key, row: values, isWanted: false }
}
