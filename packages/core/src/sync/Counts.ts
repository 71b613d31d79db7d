import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Since } from "../source/Request.ts"
import { Source } from "../source/Source.ts"
import type { Key } from "../table/Key.ts"
import { compareKeys, type KeySpan } from "../table/KeyOrder.ts"
import { absentKeys, fitting, keyColumns } from "./Absence.ts"
import { cut, placeIn, spanOf } from "./RangeList.ts"
import { keysPerLookup } from "./Search.ts"
import { keyIsThere } from "./Sweep.ts"

/** How many keys a range has, and how many young and how many surplus ones are few enough to be gone through at once. */
const rangeKeys = 5000
const fewYoung = 20_000
const fewSurplus = 20

/**
 * The replica's keys that are gone at the source, found by counts: undefined where they cannot be, or where so much
 * differs that all keys are better gone through.
 *
 * What a complete scan has seen is in the replica: every row that was written before `since`. So in each range the replica
 * has those, some of the younger ones, and what is gone. The younger ones are read first. Where without them it has as many
 * rows as the source has old ones, none is gone: one that became younger in between only makes the replica have more.
 */
export const findGone = Effect.fnUntraced(function* (
  plan: Plan,
  run: SinkRun,
  since: Since | undefined,
): Effect.fn.Return<ReadonlyArray<Key> | undefined, ConnectorError, Source> {
  const { countBefore } = yield* Source
  const [column, ...others] = keyColumns(plan)
  if (countBefore === undefined || since === undefined || column === undefined) return undefined
  const { table } = plan
  const where = [...plan.where, ...keyIsThere(plan)]
  const asked = { table, where, column, before: since }
  if ((yield* countBefore({ ...asked, bounds: undefined })) === undefined) return undefined

  const young = yield* readYoung(plan, since)
  if (young === undefined) return undefined
  const cuts = yield* cut(plan, run.replica, { after: undefined, until: undefined }, rangeKeys)
  const firsts = cuts.map(([value = ""]) => value)
  const bounds = others.length === 0 ? firsts : firsts.filter((value, at) => value !== firsts[at - 1])
  const counts = yield* countBefore({ ...asked, bounds })
  if (counts === undefined) return undefined
  const ends = [...bounds.map((bound) => ({ until: [bound] })), { until: null }]
  const placeOf = placeIn(plan, ends)
  const added = ends.map(() => 0)
  for (let at = 0; at < young.length; at += keysPerLookup) {
    for (const key of yield* run.replica.present(young.slice(at, at + keysPerLookup))) {
      const place = placeOf(key)
      added[place] = (added[place] ?? 0) + 1
    }
  }

  const surplus: Array<KeySpan> = []
  let total = 0
  for (const [at, count] of counts.entries()) {
    const span = spanOf(ends, at)
    const { rows, setAside } = yield* run.replica.countWithin(span)
    const more = rows - (added[at] ?? 0) - count
    // A row that the replica lacks, or whose row was set aside, may hide one that it has too much.
    if (more < 0 || setAside.length > 0) return undefined
    total += more
    if (more > 0) surplus.push(span)
  }
  if (surplus.length > fewSurplus) return undefined
  const gone = (yield* Effect.forEach(surplus, (span) => lookUpSpan(plan, run, span))).flat()
  // Others may be where the two sides do not place a key alike.
  return gone.length < total ? undefined : gone
})

/** The keys of the rows that were written since; undefined where they are many. */
const readYoung = Effect.fnUntraced(function* (plan: Plan, since: Since) {
  const source = yield* Source
  const young: Array<Key> = []
  let after: Key | undefined
  while (young.length <= fewYoung) {
    const page = yield* source.read({
      table: plan.table,
      columns: keyColumns(plan),
      where: [...plan.where, ...keyIsThere(plan)],
      since,
      order: plan.key,
      after,
      limit: plan.batchSize,
      maxBytes: 700_000,
    })
    young.push(...(yield* page.rows).map((row) => row.map((value) => value ?? "")))
    if (page.done) return young
    after = page.last ?? after
  }
  return undefined
})

/** Asks the source for the replica's keys of a span. */
const lookUpSpan = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, { after, until }: KeySpan) {
  const compare = compareKeys(keyColumns(plan))
  const isWithin = (key: Key) =>
    (after === undefined || compare(key, after) > 0) && (until === undefined || compare(key, until) <= 0)
  const gone: Array<Key> = []
  let from = after
  while (true) {
    const keys = fitting(yield* run.replica.keys(from, keysPerLookup))
    const within = keys.filter(isWithin)
    gone.push(...(yield* absentKeys(plan, within)))
    const last = keys.at(-1)
    if (last === undefined || (until !== undefined && compare(last, until) > 0)) return gone
    from = last
  }
})
