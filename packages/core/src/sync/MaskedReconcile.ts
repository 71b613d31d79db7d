import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { keyInReplica } from "../plan/MaskedKey.ts"
import type { Source } from "../source/Source.ts"
import { type Reconciliation, underWay } from "../state/Reconciliation.ts"
import type { Key } from "../table/Key.ts"
import { fitting } from "./Absence.ts"
import { bring } from "./Bring.ts"
import { deal, identityIn, readDealt, surplusOf } from "./Dealt.ts"
import { current, guarded, isGuarded, note, noteComplete, type Reconciling } from "./Reconcile.ts"
import { keysPerLookup, keysPerPage, readKeys } from "./Search.ts"

/** Keys of the replica that may be gone, by what identifies them. */
type Sought = Map<string, Key>

/**
 * Begins or goes on with the reconciliation of a table whose key is masked, until it is complete or the deadline is reached; gives
 * whether more is left to do. No key of the replica can be asked for, so that all keys of the source are gone through twice
 * where the replica has more: once to find out among which keys those are that are gone, and once more to see that they are
 * not shown. Only what neither walk has shown is deleted.
 */
export const reconcileMasked = Effect.fn("Reconcile.masked")(function* (
  context: Reconciling,
  stored: Reconciliation | undefined,
): Effect.fn.Return<boolean, ConnectorError, Source> {
  const { deadline } = context
  const begun = yield* current(context, underWay(stored))
  const noted = begun.phase === "delete" ? yield* storedSuspects(context) : new Map<string, Key>()
  let sought: Sought = new Map(noted)
  let state = begun
  while (true) {
    if (isGuarded(state)) return yield* guarded(context, state)
    if (state.phase !== "delete") {
      const next = yield* walk(context, state)
      if (next === undefined) return false
      ;({ state, sought } = next)
      // What the guard has stopped has noted no suspects.
    } else if (sought.size === 0) state = anew(state)
    else {
      const next = yield* seek(context, state, sought)
      if (next.done) {
        yield* clear(context, begun, noted)
        noted.clear()
        const deleted = yield* remove(context, state, sought)
        // There may be more than were sought at once.
        if (deleted === 0 || deleted >= state.suspects) {
          yield* noteComplete(context)
          return false
        }
        state = anew(state)
      } else state = next.state
    }
    if ((yield* Clock.currentTimeMillis) >= deadline && !isGuarded(state)) {
      yield* leave(context, begun, noted, state, state.phase === "delete" ? sought : new Map())
      return true
    }
  }
})

const anew = ({ shared: _shared, dealt: _dealt, ...state }: Reconciliation): Reconciliation => ({
  ...state,
  phase: "walk",
  after: null,
  suspects: 0,
})

const storedSuspects = Effect.fnUntraced(function* ({ plan, run }: Reconciling) {
  const identity = identityIn(plan)
  const keys = yield* run.findings.suspects(Number.MAX_SAFE_INTEGER)
  return new Map(keys.map((key) => [identity(key), key] as const))
})

/** Goes through the source's next keys, and brings what the replica lacks. After the last one, it knows among which keys to seek. */
const walk = Effect.fnUntraced(function* (context: Reconciling, state: Reconciliation) {
  const { plan, run, position, tally } = context
  const { present, lacking, last, done } = yield* readDealt(plan, run.replica, state.after)
  const identity = identityIn(plan)
  const aside = new Set((yield* run.replica.setAside(lacking.map(({ mine }) => mine))).map(identity))
  const wanted = lacking.filter(({ mine }) => !aside.has(identity(mine)))
  tally.read += yield* bring(
    plan,
    run,
    position,
    wanted.map(({ key }) => key),
  )
  const added = wanted.length === 0 ? [] : yield* run.replica.present(wanted.map(({ mine }) => mine))
  const dealt = deal(plan, state.dealt, [...present, ...added])
  const shared = (state.shared ?? 0) + present.length + added.length
  if (!done) return { state: { ...state, dealt, shared, after: last ?? state.after }, sought: new Map() }
  const { total, among } =
    (yield* run.replica.countRows) === shared ? { total: 0, among: [] } : yield* surplusOf(plan, run, dealt)
  if (total === 0) {
    yield* noteComplete(context)
    return undefined
  }
  const found: Reconciliation = { ...anew(state), phase: "delete", suspects: total }
  return { state: found, sought: new Map(among.map((key) => [identity(key), key])) }
})

/** Goes through the source's next keys: what it shows is sought no more. */
const seek = Effect.fnUntraced(function* ({ plan }: Reconciling, state: Reconciliation, sought: Sought) {
  const { keys, last, done } = yield* readKeys(plan, state.after, keysPerPage)
  const [identity, toReplica] = [identityIn(plan), keyInReplica(plan)]
  for (const key of keys) sought.delete(identity(toReplica(key)))
  return { done, state: { ...state, after: last ?? state.after } }
})

/** Notes keys, or that they are none to note any more, a parameter's worth at a time. */
const inParts = (keys: Iterable<Key>, one: (some: ReadonlyArray<Key>) => Effect.Effect<void, ConnectorError>) =>
  Effect.gen(function* () {
    const all = [...keys]
    for (let at = 0; at < all.length;) {
      const some = fitting(all.slice(at, at + keysPerLookup))
      at += some.length
      yield* one(some)
    }
  })

/** Deletes what no walk has shown, and gives how many there were. */
const remove = Effect.fnUntraced(function* (context: Reconciling, state: Reconciliation, sought: Sought) {
  const rest = { ...state, after: null }
  yield* inParts(sought.values(), (deletes) => note(context, { reconciliation: { state: rest }, save: false, deletes }))
  return sought.size
})

/**
 * Takes suspects out of the sink. It must be noted before how far the walk has come since: one that is left there when the
 * walk has passed its key would be taken for gone.
 */
const clear = (context: Reconciling, begun: Reconciliation, noted: Sought) =>
  inParts(noted.values(), (cleared) => note(context, { reconciliation: { state: begun, cleared }, save: false }))

/** Notes where a reconciliation stands that another run goes on with. */
const leave = Effect.fnUntraced(function* (
  context: Reconciling,
  begun: Reconciliation,
  noted: Sought,
  state: Reconciliation,
  sought: Sought,
) {
  yield* clear(context, begun, new Map([...noted].filter(([id]) => !sought.has(id))))
  const added = [...sought].flatMap(([id, key]) => (noted.has(id) ? [] : [key]))
  yield* inParts(added, (suspects) =>
    note(context, { reconciliation: { state: { ...state, after: null }, suspects }, save: false }),
  )
  yield* note(context, { reconciliation: { state }, save: true })
})
