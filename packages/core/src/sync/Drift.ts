import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"

/** That a run met another table than the replica is of. */
export interface Drift {
  /** The columns that a frozen replica goes on without; none where it is built anew. */
  readonly frozen: ReadonlyArray<string>
}

/** A run that goes on with fewer columns, or begins to build the replica anew although nobody asked for it, met drift. */
export const driftOf = (asked: Plan, run: SinkRun, refresh: boolean): Drift | undefined => {
  const kept = new Set(run.plan.columns.map(({ name }) => name))
  const frozen = asked.columns.flatMap(({ name }) => (kept.has(name) ? [] : [name]))
  const beginsRebuild = run.swap !== undefined && run.stored.position === undefined && !refresh
  return frozen.length > 0 || beginsRebuild ? { frozen } : undefined
}
