import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { inReplica } from "../plan/InReplica.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Differing } from "../sink/Replica.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Verification } from "../state/Verification.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"
import { keyColumns, without } from "./Absence.ts"
import type { Width } from "./Bring.ts"
import { makeConversion } from "./Conversion.ts"
import { pass } from "./Guard.ts"
import { keyIsThere } from "./Sweep.ts"

const pageRows = 5000
const pageBytes = 700_000

/** A verification's surroundings. */
export interface Verifying {
  readonly plan: Plan
  readonly run: SinkRun
  readonly deadline: number
  /** Pulls once more. */
  readonly pull: Effect.Effect<void, ConnectorError, Source>
  /** The position after the last pull. */
  readonly position: () => Position
}

/** What a run that saw all of a verification knows beside: how many rows the replica had, and the source showed. */
export interface Counted {
  readonly rows: number
  shown: number
  /** Those among them that are not marked as deleted. */
  live: number
  missing: number
}

/** A verification under way. */
export interface Working extends Verifying {
  readonly width: Width
  /** Undefined where another run began the verification: the replica may have changed in between. */
  readonly counted: Counted | undefined
}

/** Where a step has come to. */
export interface Step {
  readonly state: Verification
  readonly isLast: boolean
}

/** The rows that differ from the replica's. One with a value that cannot be stored differs, whatever the replica has. */
export const compare = Effect.fnUntraced(function* ({ plan, run }: Verifying, live: ReadonlyArray<Row>) {
  const { rows, rejects } = makeConversion(plan)(live)
  const found = yield* run.replica.compare(rows)
  if (rejects.length === 0) return { rows, rejects, found }
  const keys: ReadonlyArray<Key> = rejects.map(({ key }) => key.map((value) => value ?? ""))
  const columns = keyColumns(inReplica(plan))
  const missing = without(columns, keys, yield* run.replica.present(keys))
  const differs = without(columns, keys, missing)
  return { rows, rejects, found: [...found, ...named("missing", missing), ...named("differs", differs)] }
})

/** Keys that differ in some way. */
export const named = (kind: Differing["kind"], keys: ReadonlyArray<Key>) =>
  keys.map((key): Differing => ({ key, kind }))

/** The next rows of the source. */
export const readNext = Effect.fnUntraced(function* (plan: Plan, { after }: Verification) {
  const source = yield* Source
  return yield* source.read({
    table: plan.table,
    columns: plan.columns,
    where: [...plan.where, ...keyIsThere(plan)],
    order: plan.key,
    after: after ?? undefined,
    limit: Math.min(plan.batchSize, after === null ? 500 : pageRows),
    maxBytes: pageBytes,
  })
})

/** The rows that a repair would delete are too many only together. */
export const passRepair = Effect.fnUntraced(function* ({ run, position }: Working, state: Verification) {
  const suspects = state.extra ?? 0
  if (suspects === 0) return
  yield* run.findings.noteVerification(state, [])
  const rows = yield* run.replica.countRows
  const message = `${suspects} of ${rows} rows are gone at the source; nothing was mended.`
  yield* pass(run, position(), { phase: "repair", rows, suspects }, message)
})
