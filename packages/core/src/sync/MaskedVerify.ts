import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Differing } from "../sink/Replica.ts"
import type { Source } from "../source/Source.ts"
import type { Verification } from "../state/Verification.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"
import { fitting } from "./Absence.ts"
import { compare, named, passRepair, readNext, type Step, type Working } from "./Comparing.ts"
import { deal, identityIn, readDealt, surplusOf } from "./Dealt.ts"
import { forget } from "./Guard.ts"
import { pickReplicaKey, separator } from "./Rows.ts"

const keysAtOnce = 1000

/**
 * Goes through the source's keys to find out among which of the replica's those are that it does not have. All of them are
 * noted as such: the walk that follows finds out which are not.
 */
export const findExtraMasked = Effect.fnUntraced(function* (
  { plan, run, pull }: Working,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const { present, last, done } = yield* readDealt(plan, run.replica, state.after)
  const dealt = deal(plan, state.dealt, present)
  if (!done) return { state: { ...state, dealt, after: last ?? state.after }, isLast: false }
  const { total, among } = yield* surplusOf(plan, run, dealt)
  const noted = yield* run.findings.countDifferences
  const { dealt: _dealt, ...rest } = state
  const next: Verification = {
    ...rest,
    phase: "recheck",
    after: null,
    extra: total,
    unaccounted: 0,
    noted: noted + total,
  }
  const identity = identityIn(plan)
  const known = yield* differences({ plan, run })
  const others = among.filter((key) => !known.has(identity(key)))
  for (let at = 0; at < others.length; at += keysAtOnce) {
    yield* run.findings.noteVerification(state, named("extra", others.slice(at, at + keysAtOnce)))
  }
  yield* pull
  return { state: next, isLast: false }
})

/** All rows that are noted as differing, by what identifies them. */
const differences = Effect.fnUntraced(function* ({ plan, run }: Pick<Working, "plan" | "run">) {
  const { differences: ask } = run.findings
  const identity = identityIn(plan)
  const found = new Map<string, Differing>()
  let after: Key | undefined
  while (true) {
    const some = yield* ask(after, keysAtOnce)
    for (const one of some) found.set(identity(one.key), one)
    after = some.at(-1)?.key
    if (after === undefined) return found
  }
})

/**
 * Goes through the source's rows once more, and compares those that were noted: one that differs no longer is forgotten, or
 * mended where that is asked for. What was not shown then is gone at the source. Before the walk all are noted as that.
 */
export const recheckMasked = Effect.fnUntraced(function* (
  context: Working,
  state: Verification,
): Effect.fn.Return<Step, ConnectorError, Source> {
  const { plan, run, position } = context
  if (state.after === null) {
    if (state.repair) yield* passRepair(context, state)
    if (!(yield* beginRecheck(context, state))) {
      yield* forget(run, position(), "repair")
      return { state, isLast: true }
    }
  }
  const page = yield* readNext(plan, state)
  const noted = yield* differences(context)
  const [keyOf, identity] = [pickReplicaKey(plan), identityIn(plan)]
  const { live } = separator(plan)(yield* page.rows)
  const some = live.filter((row) => noted.has(identity(keyOf(row))))
  let next: Verification = { ...state, noted: state.noted ?? noted.size, after: page.last ?? state.after }
  if (some.length > 0) next = yield* compareAgain(context, next, some)
  if (page.done) return { state: yield* endRecheck(context, next), isLast: true }
  return { state: next, isLast: false }
})

/** Notes all rows that differ as not shown by the source; false where there are none. */
const beginRecheck = Effect.fnUntraced(function* (context: Working, state: Verification) {
  const { run } = context
  const all = [...(yield* differences(context)).values()].map(({ key }) => key)
  for (let at = 0; at < all.length;) {
    const keys = fitting(all.slice(at, at + keysAtOnce))
    at += keys.length
    yield* run.findings.noteVerification(state, named("extra", keys))
  }
  return all.length > 0
})

const compareAgain = Effect.fnUntraced(function* (context: Working, state: Verification, some: ReadonlyArray<Row>) {
  const { run, position, plan } = context
  const keys = some.map(pickReplicaKey(plan))
  const { rows, rejects, found } = yield* compare(context, some)
  if (!state.repair) {
    yield* run.findings.noteVerification(state, found, keys)
    return state
  }
  yield* run.apply({ rows, deletes: [], rejects, position: position(), save: false })
  // What was set aside differs as before.
  const left = found.length === 0 ? [] : (yield* compare(context, some)).found
  const next = { ...state, repaired: state.repaired + found.length - left.length }
  yield* run.findings.noteVerification(next, left, keys)
  return next
})

/** Of the rows that the source has not shown, forgets those that the replica has not either, and deletes the others in a repair. */
const endRecheck = Effect.fnUntraced(function* (context: Working, state: Verification) {
  const { run, position } = context
  const unshown = [...(yield* differences(context)).values()].flatMap(({ key, kind }) =>
    kind === "extra" ? [key] : [],
  )
  let repaired = state.repaired
  for (let at = 0; at < unshown.length;) {
    const keys = fitting(unshown.slice(at, at + keysAtOnce))
    at += keys.length
    const extra = yield* run.replica.present(keys)
    if (state.repair && extra.length > 0) {
      yield* run.apply({ rows: [], deletes: extra, rejects: [], position: position(), save: false })
      repaired += extra.length
    }
    yield* run.findings.noteVerification(state, state.repair ? [] : named("extra", extra), keys)
  }
  yield* forget(run, position(), "repair")
  const left = yield* run.findings.countDifferences
  const settled = Math.max(0, (state.noted ?? 0) - left - repaired)
  return { ...state, repaired, settled }
})
