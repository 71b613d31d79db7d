import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Verification } from "../state/Verification.ts"
import type { Key } from "../table/Key.ts"
import { absentKeys } from "./Absence.ts"
import { makeConversion } from "./Conversion.ts"
import { separator } from "./Rows.ts"

const pageRows = 5000
const pageBytes = 700_000
const keysPerLookup = 1000
/** A look-up of whole rows is not bounded by their bytes, so it begins with few and asks for as many as their width allows. */
const firstRecheck = 8
const mostRecheck = 100
const recheckBytes = 2_000_000

interface Context {
  readonly plan: Plan
  readonly run: SinkRun
  readonly deadline: number
  /** Pulls once more. */
  readonly pull: Effect.Effect<void, ConnectorError, Source>
  /** The position after the last pull. */
  readonly position: () => Position
}

/** How many rows to look up next. */
interface Width {
  rows: number
}

/** Goes on with a verification until it is complete or the deadline is reached, and gives where it then stands. */
export const verify = Effect.fn("Verify.verify")(function* (
  context: Context,
  begun: Verification,
): Effect.fn.Return<{ readonly state: Verification; readonly isComplete: boolean }, ConnectorError, Source> {
  const { run, deadline } = context
  let state = begun
  const width: Width = { rows: firstRecheck }
  if (begun.phase === "rows" && begun.after === null) yield* run.findings.clearDifferences
  while (true) {
    const step = yield* steps[state.phase](context, state, width)
    state = step.state
    if (step.isLast) {
      yield* run.findings.completeVerification(state)
      return { state, isComplete: true }
    }
    if ((yield* Clock.currentTimeMillis) >= deadline) {
      yield* run.findings.noteVerification(state, [])
      return { state, isComplete: false }
    }
  }
})

interface Step {
  readonly state: Verification
  readonly isLast: boolean
}

/** Reads the next rows of the source and compares them. */
const compareRows = Effect.fnUntraced(function* (
  { plan, run }: Context,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const source = yield* Source
  const page = yield* source.read({
    table: plan.table,
    columns: plan.columns,
    where: plan.where,
    order: plan.key,
    after: state.after ?? undefined,
    limit: Math.min(plan.batchSize, state.after === null ? 500 : pageRows),
    maxBytes: pageBytes,
  })
  const rows = yield* page.rows
  const { live } = separator(plan)(rows)
  const found = yield* run.replica.compare(makeConversion(plan)(live).rows)
  const checked = state.checked + live.length
  const next: Verification = page.done
    ? { ...state, checked, phase: "extra", after: null }
    : { ...state, checked, after: page.last ?? state.after }
  if (found.length > 0) yield* run.findings.noteVerification(next, found)
  return { state: next, isLast: false }
})

/** Asks the source for the next keys of the replica. */
const findExtra = Effect.fnUntraced(function* (
  { plan, run, pull }: Context,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const keys = yield* run.replica.keys(state.after ?? undefined, keysPerLookup)
  const last = keys.at(-1)
  if (last === undefined) {
    yield* pull
    return { state: { ...state, phase: "recheck", after: null }, isLast: false }
  }
  const extra = yield* absentKeys(plan, keys)
  const next = { ...state, after: last }
  if (extra.length > 0)
    yield* run.findings.noteVerification(
      next,
      extra.map((key) => ({ key, kind: "extra" as const })),
    )
  return { state: next, isLast: false }
})

/** Compares the rows that differed once more, mends them where that is asked for, and forgets those that do not differ. */
const recheck = Effect.fnUntraced(function* (
  { plan, run, position }: Context,
  state: Verification,
  width: Width,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const noted = yield* run.findings.differences(state.after ?? undefined, width.rows)
  const keys = noted.map(({ key }) => key)
  const last = keys.at(-1)
  if (last === undefined) return { state, isLast: true }
  const source = yield* Source
  const { table, columns, where, key } = plan
  const read = yield* source.lookup({ table, columns, where, key, keys })
  const characters = read.reduce((total, row) => row.reduce((sum, value) => sum + (value?.length ?? 0), total), 0)
  width.rows = Math.min(mostRecheck, Math.ceil((recheckBytes * read.length) / Math.max(1, characters)) || firstRecheck)
  const { live, deletes: marked } = separator(plan)(read)
  const absent = yield* absentKeys(plan, keys)
  const gone: ReadonlyArray<Key> = [...absent, ...marked]
  const { rows } = makeConversion(plan)(live)
  const differing = yield* run.replica.compare(rows)
  const extra = (yield* run.replica.present(gone)).map((one) => ({ key: one, kind: "extra" as const }))
  const still = [...differing, ...extra]
  if (!state.repair) {
    const next = { ...state, after: last }
    yield* run.findings.noteVerification(next, still, keys)
    return { state: next, isLast: false }
  }
  const here = position()
  yield* run.apply({ rows, deletes: gone, rejects: [], position: here, save: false })
  const next = { ...state, repaired: state.repaired + still.length, after: last }
  yield* run.findings.noteVerification(next, [], keys)
  return { state: next, isLast: false }
})

const steps = { rows: compareRows, extra: findExtra, recheck }
