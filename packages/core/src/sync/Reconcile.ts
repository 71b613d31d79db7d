import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Reconciled } from "../sink/Batch.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Reconciliation } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"
import { absentKeys } from "./Absence.ts"

/** How many keys are asked for at a time. */
const keysPerLookup = 1000
/** How many keys a summary covers at most, and how many times fewer where the last one differed. */
const keysPerSummary = 20_000
const narrowing = 4

/** A run may delete so many rows in any case, and above that so large a share of the replica. */
export const guard = { rows: 100, share: 0.5 }

const isGuarded = ({ rows, suspects, confirmed }: Reconciliation): boolean =>
  !confirmed && suspects > Math.max(guard.rows, rows * guard.share)

/** A step's surroundings. */
interface Context {
  readonly plan: Plan
  readonly run: SinkRun
  readonly position: Position
  /** Milliseconds between two reconciliations. */
  readonly every: number
  readonly deadline: number
}

/** How many keys the next summary covers: so many that it is not likely to differ. Below a look-up's, none is asked for. */
interface Span {
  keys: number
}

/**
 * Begins or goes on with a reconciliation, until it is complete or the deadline is reached. Gives whether more is left
 * to do. Fails with `delete-guard` where too many rows would be deleted.
 */
export const reconcile = Effect.fn("Reconcile.reconcile")(function* (
  context: Context,
  stored: Reconciliation | undefined,
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const { deadline } = context
  const span: Span = { keys: canSummarize(context.plan) ? keysPerSummary : 0 }
  let state = yield* current(context, stored)
  while (true) {
    if (isGuarded(state)) return yield* guarded(context, state)
    const next = state.phase === "search" ? yield* search(context, state, span) : yield* remove(context, state)
    if (next === undefined) return false
    state = next
    if ((yield* Clock.currentTimeMillis) >= deadline && !isGuarded(state)) {
      yield* note(context, { reconciliation: { state }, save: true })
      return true
    }
  }
})

/** The stored reconciliation, unless the guard stopped it so long ago that a new search is due. */
const current = Effect.fnUntraced(function* (
  context: Context,
  stored: Reconciliation | undefined,
): Effect.fn.Return<Reconciliation, ConnectorError> {
  const { run, every } = context
  const startedAt = yield* Clock.currentTimeMillis
  if (stored !== undefined && (!isGuarded(stored) || startedAt - stored.startedAt < every)) return stored
  const rows = yield* run.replica.countRows
  const fresh = { version: 1, phase: "search", after: null, startedAt, rows, suspects: 0, confirmed: false } as const
  if (stored !== undefined) yield* note(context, { reconciliation: { state: fresh }, save: true })
  return fresh
})

const guarded = Effect.fnUntraced(function* (context: Context, state: Reconciliation) {
  yield* note(context, { reconciliation: { state }, save: true })
  return yield* new ConnectorError({
    code: "delete-guard",
    message: `At least ${state.suspects} of ${state.rows} rows are gone at the source; nothing was deleted.`,
  })
})

/** What a step changes in the sink; the position stays. */
const note = (
  { run, position }: Context,
  change: {
    readonly reconciliation: Reconciled
    readonly save: boolean
    readonly deletes?: ReadonlyArray<Key>
  },
) => run.apply({ rows: [], rejects: [], deletes: [], position, ...change })

/** Asks for the next keys of the replica, in large ranges where both sides can sum up a range. */
const search = Effect.fnUntraced(function* (context: Context, state: Reconciliation, span: Span) {
  const { plan, run } = context
  const equal = yield* lastEqual(context, state, span)
  if (equal !== undefined) return { ...state, after: equal }
  const keys = yield* run.replica.keys(state.after ?? undefined, keysPerLookup)
  const last = keys.at(-1)
  if (last === undefined) return yield* beginDeleting(context, state)
  const suspects = yield* absentKeys(plan, keys)
  if (suspects.length === 0 && span.keys > 0)
    span.keys = Math.min(keysPerSummary, Math.max(span.keys, keysPerLookup) * 2)
  const next = { ...state, after: last, suspects: state.suspects + suspects.length }
  if (suspects.length > 0) yield* note(context, { reconciliation: { state: next, suspects }, save: false })
  return next
})

/** Whether the keys of a table are of types that both sides can sum up. */
const canSummarize = ({ key, columns }: Plan): boolean =>
  key.every((name) => {
    const column = columns.find((one) => one.name === name)
    return column?.type === "integer" || column?.sourceType === "uuid"
  })

/** The last key of the next range that is the same on both sides, as the widest one is that a difference leaves. */
const lastEqual = Effect.fnUntraced(function* (
  { plan, run }: Context,
  { after }: Reconciliation,
  span: Span,
): Effect.fn.Return<Key | undefined, ConnectorError, Source> {
  const { summarize } = yield* Source
  if (summarize === undefined) return undefined
  const { table, where } = plan
  const key = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  while (span.keys >= keysPerLookup) {
    const mine = yield* run.replica.summarize(after ?? undefined, span.keys)
    if (mine === undefined) return undefined
    const theirs = yield* summarize({ table, where, key, after: after ?? undefined, until: mine.last })
    if (theirs === undefined) {
      span.keys = 0
      return undefined
    }
    if (theirs.count === mine.count && theirs.sum === mine.sum && theirs.squares === mine.squares) {
      span.keys = Math.min(keysPerSummary, span.keys * 2)
      return mine.last
    }
    span.keys = Math.trunc(span.keys / narrowing)
  }
  return undefined
})

const beginDeleting = Effect.fnUntraced(function* (context: Context, state: Reconciliation) {
  if (state.suspects > 0) return { ...state, phase: "delete" as const, after: null }
  yield* note(context, { reconciliation: { state: "complete" }, save: true })
  return undefined
})

/** Asks for the next suspects again and deletes those that are still absent. */
const remove = Effect.fnUntraced(function* (context: Context, state: Reconciliation) {
  const suspects = yield* context.run.findings.suspects(keysPerLookup)
  if (suspects.length === 0) {
    yield* note(context, { reconciliation: { state: "complete" }, save: true })
    return undefined
  }
  const deletes = yield* absentKeys(context.plan, suspects)
  yield* note(context, { reconciliation: { state, cleared: suspects }, save: false, deletes })
  return state
})
