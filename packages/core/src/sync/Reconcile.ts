import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Reconciled } from "../sink/Batch.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import { type Reconciliation, underWay } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"
import { absentKeys, fitting } from "./Absence.ts"
import { findGone } from "./Counts.ts"
import { isTooMuch, tooMuch } from "./Guard.ts"
import { canMerge, firstSpan, type Found, keysPerLookup, search, walk } from "./Search.ts"
import { completeSince } from "./Sweep.ts"

export const isGuarded = ({ rows, suspects, confirmed }: Reconciliation): boolean =>
  !confirmed && isTooMuch(suspects, rows)

/** A reconciliation's surroundings. */
export interface Reconciling {
  readonly plan: Plan
  readonly run: SinkRun
  readonly position: Position
  /** Milliseconds between two reconciliations. */
  readonly every: number
  readonly deadline: number
  /** Where rows are counted that are brought. */
  readonly tally: { read: number }
}

/**
 * Begins or goes on with a reconciliation, until it is complete or the deadline is reached. Gives whether more is left
 * to do. Fails with `delete-guard` where too many rows would be deleted.
 */
export const reconcile = Effect.fn("Reconcile.reconcile")(function* (
  context: Reconciling,
  stored: Reconciliation | undefined,
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const { deadline } = context
  const span = firstSpan(context.plan)
  let state = yield* current(context, underWay(stored))
  const counted = yield* byCounts(context, state)
  if (counted === "complete") return false
  state = counted
  while (true) {
    if (isGuarded(state)) return yield* guarded(context, state)
    const next: Reconciliation | undefined =
      state.phase === "delete"
        ? yield* remove(context, state)
        : yield* noted(context, yield* (state.phase === "walk" ? walk : search)(context, state, span))
    if (next === undefined) return false
    state = next
    if ((yield* Clock.currentTimeMillis) >= deadline && !isGuarded(state)) {
      yield* note(context, { reconciliation: { state }, save: true })
      return true
    }
  }
})

/** A search that begins, after counts have told what is gone, where they can. */
const byCounts = Effect.fnUntraced(function* (context: Reconciling, state: Reconciliation) {
  const { plan, run, position } = context
  const isNew = state.phase !== "delete" && state.after === null && state.shared === undefined && state.suspects === 0
  const gone = isNew ? yield* findGone(plan, run, completeSince(plan, position)) : undefined
  if (gone === undefined) return state
  if (gone.length === 0) {
    yield* note(context, { reconciliation: { state: "complete" }, save: true })
    return "complete"
  }
  const found: Reconciliation = { ...state, phase: "delete", suspects: gone.length }
  yield* note(context, { reconciliation: { state: found, suspects: gone }, save: false })
  return found
})

/** The stored reconciliation, or a new one where there is none or the guard stopped it so long ago that a new search is due. */
export const current = Effect.fnUntraced(function* (
  context: Reconciling,
  stored: Reconciliation | undefined,
): Effect.fn.Return<Reconciliation, ConnectorError, Source> {
  const { plan, run, every } = context
  const startedAt = yield* Clock.currentTimeMillis
  if (stored !== undefined && (!isGuarded(stored) || startedAt - stored.startedAt < every)) return stored
  const rows = yield* run.replica.countRows
  const phase = canMerge(plan, yield* Source) ? "search" : "walk"
  const fresh = { version: 1, phase, after: null, startedAt, rows, suspects: 0, confirmed: false } as const
  if (stored !== undefined) yield* note(context, { reconciliation: { state: fresh }, save: true })
  return fresh
})

/** Fails because too many rows would be deleted, once it is noted where the reconciliation stands. */
export const guarded = Effect.fnUntraced(function* (context: Reconciling, state: Reconciliation) {
  yield* note(context, { reconciliation: { state }, save: true })
  return yield* tooMuch(`At least ${state.suspects} of ${state.rows} rows are gone at the source; nothing was deleted.`)
})

/** What a step changes in the sink; the position stays. */
export const note = (
  { run, position }: Reconciling,
  change: {
    readonly reconciliation: Reconciled
    readonly save: boolean
    readonly deletes?: ReadonlyArray<Key>
  },
) => run.apply({ rows: [], rejects: [], deletes: [], position, ...change })

/** Notes that every row of the replica is one of the source's. */
export const noteComplete = (context: Reconciling): Effect.Effect<void, ConnectorError> =>
  note(context, { reconciliation: { state: "complete" }, save: true })

/** Notes what a step of a search has found, and goes on with the deletions after the last one. */
const noted = Effect.fnUntraced(function* (context: Reconciling, { state, suspects, isLast }: Found) {
  if (suspects.length > 0) yield* note(context, { reconciliation: { state, suspects }, save: false })
  if (!isLast) return state
  if (state.suspects > 0) return { ...state, phase: "delete" as const, after: null }
  yield* noteComplete(context)
  return undefined
})

/** Asks for the next suspects again and deletes those that are still absent. */
const remove = Effect.fnUntraced(function* (context: Reconciling, state: Reconciliation) {
  const suspects = fitting(yield* context.run.findings.suspects(keysPerLookup))
  if (suspects.length === 0) {
    yield* noteComplete(context)
    return undefined
  }
  const deletes = yield* absentKeys(context.plan, suspects)
  yield* note(context, { reconciliation: { state, cleared: suspects }, save: false, deletes })
  return state
})
