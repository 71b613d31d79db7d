import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { inReplica } from "../plan/InReplica.ts"
import { keyColumns, keyInReplica } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Replica } from "../sink/Replica.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Source } from "../source/Source.ts"
import { keyHash } from "../state/Ranges.ts"
import { type Key, keyIdentity } from "../table/Key.ts"
import { keysPerPage, readKeys } from "./Search.ts"

/**
 * How the replica's keys are compared with the source's where the source cannot be asked for one of the replica's: the keys
 * that the source shows are turned into the replica's and dealt into places, and so are the replica's own. Where a place has
 * more of the replica's, some of these are gone.
 */
const places = 1024

/** How many keys each place has. */
export type Dealt = ReadonlyArray<number>

/** So many keys are looked for at once: they are held in memory. */
const mostSought = 100_000

/** A key of the replica as a text that is equal for equal keys. */
export const identityIn = (plan: Plan): ((key: Key) => string) => {
  const columns = keyColumns(inReplica(plan))
  return (key) => keyIdentity(columns, key)
}

const placeIn = (plan: Plan): ((key: Key) => number) => {
  const identity = identityIn(plan)
  return (key) => Number.parseInt(keyHash([identity(key)]).slice(0, 8), 16) % places
}

/** Adds keys of the replica to those that were dealt. */
export const deal = (plan: Plan, dealt: Dealt | undefined, keys: ReadonlyArray<Key>): Dealt => {
  const counts = dealt?.slice() ?? Array.from({ length: places }, () => 0)
  const placeOf = placeIn(plan)
  for (const key of keys) {
    const place = placeOf(key)
    counts[place] = (counts[place] ?? 0) + 1
  }
  return counts
}

/** The source's next keys, each with the replica's, and which of these it has. */
export const readDealt = Effect.fnUntraced(function* (
  plan: Plan,
  replica: Replica,
  after: Key | null,
): Effect.fn.Return<
  {
    readonly present: ReadonlyArray<Key>
    /** Those that the replica lacks, as the source has them and as the replica would. */
    readonly lacking: ReadonlyArray<{ readonly key: Key; readonly mine: Key }>
    readonly last: Key | undefined
    readonly done: boolean
  },
  ConnectorError,
  Source
> {
  const { keys, last, done } = yield* readKeys(plan, after, keysPerPage)
  const toReplica = keyInReplica(plan)
  const pairs = keys.map((key) => ({ key, mine: toReplica(key) }))
  const present = pairs.length === 0 ? [] : yield* replica.present(pairs.map(({ mine }) => mine))
  const identity = identityIn(plan)
  const there = new Set(present.map(identity))
  return { present, lacking: pairs.filter(({ mine }) => !there.has(identity(mine))), last, done }
})

/** How many keys the replica has too much, and the ones among which they are: not more than are looked for at once. */
export const surplusOf = Effect.fnUntraced(function* (plan: Plan, { replica }: SinkRun, shown: Dealt) {
  let mine = deal(plan, undefined, [])
  yield* eachKey(replica, (keys) => {
    mine = deal(plan, mine, keys)
    return true
  })
  const more = mine.map((count, place) => Math.max(0, count - (shown[place] ?? 0)))
  const total = more.reduce((sum, count) => sum + count, 0)
  const among: Array<Key> = []
  if (total === 0) return { total, among }
  const placeOf = placeIn(plan)
  yield* eachKey(replica, (keys) => {
    among.push(...keys.filter((key) => (more[placeOf(key)] ?? 0) > 0))
    return among.length < mostSought
  })
  return { total, among: among.slice(0, mostSought) }
})

/** Goes through the replica's keys until it is told that they are enough. */
const eachKey = Effect.fnUntraced(function* (replica: Replica, take: (keys: ReadonlyArray<Key>) => boolean) {
  let after: Key | undefined
  while (true) {
    const keys = yield* replica.keys(after, keysPerPage)
    after = keys.at(-1)
    if (!take(keys) || after === undefined || keys.length < keysPerPage) return
  }
})
