import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { hasMaskedKey } from "../plan/MaskedKey.ts"
import type { Source } from "../source/Source.ts"
import type { Verification } from "../state/Verification.ts"
import type { Key } from "../table/Key.ts"
import { absentKeys, fitting, keyColumns, without } from "./Absence.ts"
import { firstWidth, lookUpRows } from "./Bring.ts"
import { compare, named, passRepair, readNext, type Step, type Verifying, type Working } from "./Comparing.ts"
import { forget } from "./Guard.ts"
import { findExtraMasked, recheckMasked } from "./MaskedVerify.ts"
import { pickKey, separator } from "./Rows.ts"

const keysPerLookup = 1000

/** Goes on with a verification until it is complete or the deadline is reached, and gives where it then stands. */
export const verify = Effect.fn("Verify.verify")(function* (
  context: Verifying,
  begun: Verification,
): Effect.fn.Return<{ readonly state: Verification; readonly isComplete: boolean }, ConnectorError, Source> {
  const { run, deadline } = context
  let state = begun
  const isNew = begun.phase === "rows" && begun.after === null
  if (isNew) yield* run.findings.clearDifferences
  const counted = isNew ? { rows: yield* run.replica.countRows, shown: 0, live: 0, missing: 0 } : undefined
  const working: Working = { ...context, width: firstWidth(), counted }
  while (true) {
    const step = yield* (hasMaskedKey(context.plan) ? maskedSteps : steps)[state.phase](working, state)
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

/** Reads the next rows of the source and compares them. */
const compareRows = Effect.fnUntraced(function* (
  context: Working,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const { plan, run, counted } = context
  const page = yield* readNext(plan, state)
  const rows = yield* page.rows
  const { live } = separator(plan)(rows)
  const { found } = yield* compare(context, live)
  if (counted !== undefined) {
    counted.shown += rows.length
    counted.live += live.length
    counted.missing += found.filter(({ kind }) => kind === "missing").length
  }
  const checked = state.checked + live.length
  // Where each of the replica's rows is one that the source has shown, none is left to be asked for.
  if (page.done && counted !== undefined && counted.rows === counted.live - counted.missing) {
    if (found.length > 0) yield* run.findings.noteVerification(state, found)
    yield* context.pull
    return { state: { ...state, checked, phase: "recheck", after: null, extra: 0, unaccounted: 0 }, isLast: false }
  }
  const next: Verification = page.done
    ? { ...state, checked, phase: "extra", after: null }
    : { ...state, checked, after: page.last ?? state.after }
  if (found.length > 0) yield* run.findings.noteVerification(next, found)
  return { state: next, isLast: false }
})

/** Asks the source for the next keys of the replica. */
const findExtra = Effect.fnUntraced(function* (
  { plan, run, pull, counted }: Working,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const keys = fitting(yield* run.replica.keys(state.after ?? undefined, keysPerLookup))
  const last = keys.at(-1)
  if (last === undefined) {
    yield* pull
    // A row that the source neither showed in its order nor lacks was not compared: not all can be equal.
    const known = counted === undefined ? 0 : counted.shown - counted.missing + (state.extra ?? 0)
    const unaccounted = counted === undefined ? 0 : Math.max(0, counted.rows - known)
    return { state: { ...state, phase: "recheck", after: null, unaccounted }, isLast: false }
  }
  const extra = yield* absentKeys(plan, keys)
  const next = { ...state, after: last, extra: (state.extra ?? 0) + extra.length }
  if (extra.length > 0) yield* run.findings.noteVerification(next, named("extra", extra))
  return { state: next, isLast: false }
})

/** Compares the rows that differed once more, mends them where that is asked for, and forgets those that do not differ. */
const recheck = Effect.fnUntraced(function* (
  context: Working,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const { plan, run, position, width } = context
  if (state.repair && state.after === null) yield* passRepair(context, state)
  const noted = yield* run.findings.differences(state.after ?? undefined, width.rows)
  const keys = noted.map(({ key }) => key)
  const last = keys.at(-1)
  if (last === undefined) {
    yield* forget(run, position(), "repair")
    return { state, isLast: true }
  }
  const read = yield* lookUpRows(plan, keys, width)
  const { live, deletes: marked } = separator(plan)(read)
  const absent = without(keyColumns(plan), keys, read.map(pickKey(plan)))
  const gone: ReadonlyArray<Key> = [...absent, ...marked]
  const findDiffering = Effect.gen(function* () {
    const compared = yield* compare(context, live)
    return { ...compared, found: [...compared.found, ...named("extra", yield* run.replica.present(gone))] }
  })
  const { rows, rejects, found } = yield* findDiffering
  const settled = (state.settled ?? 0) + Math.max(0, keys.length - found.length)
  if (!state.repair) {
    const next = { ...state, settled, after: last }
    yield* run.findings.noteVerification(next, found, keys)
    return { state: next, isLast: false }
  }
  yield* run.apply({ rows, deletes: gone, rejects, position: position(), save: false })
  // What was set aside differs as before.
  const left = found.length === 0 ? [] : (yield* findDiffering).found
  const next = { ...state, settled, repaired: state.repaired + found.length - left.length, after: last }
  yield* run.findings.noteVerification(next, left, keys)
  return { state: next, isLast: false }
})

const steps = { rows: compareRows, extra: findExtra, recheck }

/** Where the source cannot be asked for one of the replica's keys. */
const maskedSteps = { rows: compareRows, extra: findExtraMasked, recheck: recheckMasked }
