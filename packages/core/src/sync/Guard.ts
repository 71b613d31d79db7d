import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Position } from "../state/Position.ts"
import type { Reconciliation, Stopped } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"

/** So many rows may leave a replica unasked in any case, and above that so large a share of it. */
const guard = { rows: 100, share: 0.5 }

/** Whether so many of so many rows leave only with an operator's consent. */
export const isTooMuch = (lost: number, rows: number): boolean => lost > Math.max(guard.rows, rows * guard.share)

/** The failure of a run that would take too many rows. */
export const tooMuch = (message: string): ConnectorError => new ConnectorError({ code: "delete-guard", message })

/** Where a loss stands that is to pass the guard. */
export interface Loss {
  readonly phase: Stopped
  readonly rows: number
  readonly suspects: number
}

/** Notes a loss, and where the pull stands. */
const note = Effect.fnUntraced(function* (run: SinkRun, position: Position, loss: Loss, confirmed: boolean) {
  const startedAt = yield* Clock.currentTimeMillis
  const state: Reconciliation = { version: 1, after: null, startedAt, ...loss, confirmed }
  yield* run.apply({ rows: [], rejects: [], deletes: [], position, reconciliation: { state }, save: true })
})

/** Forgets a loss that has passed the guard. */
export const forget = (run: SinkRun, position: Position, phase: Stopped): Effect.Effect<void, ConnectorError> =>
  run.stored.reconciliation?.phase === phase
    ? run.apply({ rows: [], rejects: [], deletes: [], position, reconciliation: { state: "forgotten" }, save: true })
    : Effect.void

/** Lets a loss pass that is small or confirmed; of any other it notes where it stands, and fails with `delete-guard`. */
export const pass = Effect.fnUntraced(function* (run: SinkRun, position: Position, loss: Loss, message: string) {
  const stored = run.stored.reconciliation
  const isConfirmed = stored?.phase === loss.phase && stored.confirmed
  if (isConfirmed || !isTooMuch(loss.suspects, loss.rows)) return
  yield* note(run, position, loss, false)
  return yield* tooMuch(message)
})

/** Lets the replica that was built anew take the other's place. */
export const passSwap = Effect.fnUntraced(function* (run: SinkRun, position: Position) {
  yield* passRows(run, position, yield* run.countFilled)
})

/** The same where it is known, or will soon be, how many rows the new one has. */
export const passRows = Effect.fnUntraced(function* (run: SinkRun, position: Position, filled: number) {
  const rows = yield* run.replica.countRows
  const loss = { phase: "swap", rows, suspects: rows - filled } as const
  yield* pass(
    run,
    position,
    loss,
    `Built anew, the replica has ${filled} of ${rows} rows; readers see the old one still.`,
  )
})

/** Watches the rows that leave because the source has marked them as deleted. */
export interface MarkedGuard {
  /** To be called before a page's deletions are applied, with the position before it. */
  readonly watch: (keys: ReadonlyArray<Key>, position: Position) => Effect.Effect<void, ConnectorError>
  /** To be called once the run has pulled what it could, with whether the sweep goes on in another run. */
  readonly end: (position: Position, more: boolean) => Effect.Effect<void, ConnectorError>
}

/**
 * The guard of a run that pulls marks. What a sweep takes counts together, over as many runs as it needs. A replica that
 * is built anew is looked at once it is to be swapped in.
 */
export const makeMarkedGuard = (plan: Plan, run: SinkRun): MarkedGuard | undefined => {
  if (plan.deletes.kind !== "soft" || run.swap !== undefined) return undefined
  const phase = "marked"
  const stored = run.stored.reconciliation?.phase === phase ? run.stored.reconciliation : undefined
  let left = stored?.suspects ?? 0
  let rows = stored?.rows
  return {
    watch: Effect.fnUntraced(function* (keys, position) {
      const leaving = (yield* run.replica.present(keys)).length
      if (leaving === 0) return
      const isFew = left + leaving <= guard.rows
      if (!isFew) rows ??= (yield* run.replica.countRows) + left
      const message = `${left + leaving} of ${rows} rows are marked as deleted at the source; ${left} have left the replica.`
      if (!isFew && isTooMuch(left + leaving, rows ?? 0) && stored?.confirmed !== true) {
        yield* note(run, position, { phase, rows: rows ?? 0, suspects: left }, false)
        return yield* tooMuch(message)
      }
      left += leaving
    }),
    end: Effect.fnUntraced(function* (position, more) {
      if (!more) return yield* forget(run, position, phase)
      if (left === (stored?.suspects ?? 0)) return
      rows ??= (yield* run.replica.countRows) + left
      yield* note(run, position, { phase, rows, suspects: left }, stored?.confirmed ?? false)
    }),
  }
}
