import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { hasMaskedKey } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source, type SourceShape } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"
import { absentKeys, fitting, keyColumns, without } from "./Absence.ts"
import { bring } from "./Bring.ts"
import { keyIsThere } from "./Sweep.ts"

/** How many keys are asked for at a time. */
export const keysPerLookup = 1000
export const keysPerPage = 5000
const pageBytes = 700_000
/** How many keys a summary covers at most, and how many times fewer where the last one differed. */
const keysPerSummary = 20_000
const narrowing = 4

interface Context {
  readonly plan: Plan
  readonly run: SinkRun
  readonly position: Position
  readonly tally: { read: number }
}

/** How many keys the next summary covers: so many that it is not likely to differ. Below a look-up's, none is asked for. */
interface Span {
  keys: number
}

/** What a step has found: where it stands then, which keys are gone, and whether all keys are compared. */
export interface Found {
  readonly state: Reconciliation
  readonly suspects: ReadonlyArray<Key>
  readonly isLast: boolean
}

const isUuid = ({ sourceType }: Plan["columns"][number]): boolean => sourceType === "uuid"

/** Whether the keys of a table are the same on both sides, and of types that both can sum up. */
const canSummarize = (plan: Plan): boolean =>
  !hasMaskedKey(plan) && keyColumns(plan).every((column) => column.type === "integer" || isUuid(column))

/**
 * Whether both sides order the keys alike, so that they can be compared range by range. A source that can sum up UUIDs
 * orders them by their digits; of one that cannot, nobody knows.
 */
export const canMerge = (plan: Plan, { summarize }: SourceShape): boolean =>
  canSummarize(plan) && (summarize !== undefined || !keyColumns(plan).some(isUuid))

export const firstSpan = (plan: Plan): Span => ({ keys: canSummarize(plan) ? keysPerSummary : 0 })

/** The source's next keys. */
export const readKeys = Effect.fnUntraced(function* (plan: Plan, after: Key | null, limit: number) {
  const source = yield* Source
  const page = yield* source.read({
    table: plan.table,
    columns: keyColumns(plan),
    where: [...plan.where, ...keyIsThere(plan)],
    order: plan.key,
    after: after ?? undefined,
    limit: Math.min(limit, plan.batchSize),
    maxBytes: pageBytes,
  })
  const keys: ReadonlyArray<Key> = (yield* page.rows).map((row) => row.map((value) => value ?? ""))
  return { keys, last: page.last, done: page.done }
})

/** Brings the rows of keys that the replica lacks and that were not set aside. */
const bringLacking = Effect.fnUntraced(function* (
  { plan, run, position, tally }: Context,
  lacking: ReadonlyArray<Key>,
) {
  if (lacking.length === 0) return []
  const wanted = without(keyColumns(plan), lacking, yield* run.replica.setAside(lacking))
  tally.read += yield* bring(plan, run, position, wanted)
  return wanted
})

/**
 * Goes through the source's keys and brings what the replica lacks. Where the replica has no more rows than were seen,
 * none of them is gone; else its keys are looked up.
 */
export const walk = Effect.fnUntraced(function* (
  context: Context,
  state: Reconciliation,
): Effect.fn.Return<Found, ConnectorError, Source> {
  const { plan, run } = context
  const { keys, last, done } = yield* readKeys(plan, state.after, keysPerPage)
  const present = keys.length === 0 ? [] : yield* run.replica.present(keys)
  const brought = yield* bringLacking(context, without(keyColumns(plan), keys, present))
  const added = brought.length === 0 ? [] : yield* run.replica.present(brought)
  const shared = (state.shared ?? 0) + present.length + added.length
  if (!done) return { state: { ...state, shared, after: last ?? state.after }, suspects: [], isLast: false }
  const isLast = (yield* run.replica.countRows) === shared
  return { state: { ...state, phase: "search", shared, after: null }, suspects: [], isLast }
})

/** Compares the next keys of the replica with the source's. */
export const search = Effect.fnUntraced(function* (
  context: Context,
  state: Reconciliation,
  span: Span,
): Effect.fn.Return<Found, ConnectorError, Source> {
  const { plan, run } = context
  if (state.shared !== undefined || !canMerge(plan, yield* Source)) return yield* lookUp(context, state)
  const equal = yield* lastEqual(context, state, span)
  if (equal === "unordered") return { state: { ...state, phase: "walk", after: null }, suspects: [], isLast: false }
  if (equal !== undefined) return { state: { ...state, after: equal }, suspects: [], isLast: false }

  const mine = yield* run.replica.keys(state.after ?? undefined, keysPerLookup)
  const theirs = yield* readKeys(plan, state.after, keysPerLookup)
  const columns = keyColumns(plan)
  const ends = [mine.length < keysPerLookup ? undefined : mine.at(-1), theirs.done ? undefined : theirs.keys.at(-1)]
  const end = ends.flatMap((key) => (key === undefined ? [] : [key])).toSorted((a, b) => compareKeys(columns, a, b))[0]
  const within = (keys: ReadonlyArray<Key>) =>
    end === undefined ? keys : keys.filter((key) => compareKeys(columns, key, end) <= 0)
  const [here, there] = [within(mine), within(theirs.keys)]
  const suspects = yield* absentKeys(plan, without(columns, here, there))
  const brought = yield* bringLacking(context, without(columns, there, here))
  if (suspects.length + brought.length === 0 && span.keys > 0)
    span.keys = Math.min(keysPerSummary, Math.max(span.keys, keysPerLookup) * 2)
  const next = { ...state, after: end ?? state.after, suspects: state.suspects + suspects.length }
  return { state: next, suspects, isLast: end === undefined }
})

/** Looks up the next keys of the replica. */
const lookUp = Effect.fnUntraced(function* ({ plan, run }: Context, state: Reconciliation) {
  const keys = fitting(yield* run.replica.keys(state.after ?? undefined, keysPerLookup))
  const last = keys.at(-1)
  if (last === undefined) return { state, suspects: [], isLast: true }
  const suspects = yield* absentKeys(plan, keys)
  const next = { ...state, after: last, suspects: state.suspects + suspects.length }
  return { state: next, suspects, isLast: false }
})

/** The order of integers and of UUIDs in lower-case digits, column by column. */
const compareKeys = (columns: Plan["columns"], a: Key, b: Key): number => {
  for (const [at, { type }] of columns.entries()) {
    const [one, other] = [a[at] ?? "", b[at] ?? ""]
    if (one === other) continue
    const isLess = type === "integer" ? BigInt(one) < BigInt(other) : one < other
    return isLess ? -1 : 1
  }
  return 0
}

/**
 * The last key of the next range that is the same on both sides, as the widest one is that a difference leaves;
 * `unordered` where nobody knows the source's order.
 */
const lastEqual = Effect.fnUntraced(function* (
  { plan, run }: Context,
  { after }: Reconciliation,
  span: Span,
): Effect.fn.Return<Key | "unordered" | undefined, ConnectorError, Source> {
  const { summarize } = yield* Source
  if (summarize === undefined) return undefined
  const { table } = plan
  const where = [...plan.where, ...keyIsThere(plan)]
  const key = keyColumns(plan)
  const isKnown = !key.some(isUuid)
  while (span.keys >= keysPerLookup) {
    const mine = yield* run.replica.summarize(after ?? undefined, span.keys)
    if (mine === undefined) return isKnown || after !== null ? undefined : "unordered"
    const theirs = yield* summarize({ table, where, key, after: after ?? undefined, until: mine.last })
    if (theirs === undefined) {
      span.keys = 0
      return isKnown ? undefined : "unordered"
    }
    if (theirs.count === mine.count && theirs.sum === mine.sum && theirs.squares === mine.squares) {
      span.keys = Math.min(keysPerSummary, span.keys * 2)
      return mine.last
    }
    span.keys = Math.trunc(span.keys / narrowing)
  }
  return undefined
})
