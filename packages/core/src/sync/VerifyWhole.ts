import * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Differing } from "../sink/Replica.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Source } from "../source/Source.ts"
import type { Verification } from "../state/Verification.ts"
import { passRows } from "./Guard.ts"
import { askAgain } from "./InFlight.ts"
import { readWhole } from "./ReadWhole.ts"
import { rowHash } from "./RowDigest.ts"
import { pullWhole, rebuildWhole, type WholeContext } from "./Whole.ts"

/** How many of each row the source has more than the replica, by the rows' hashes; less than none where it has fewer. */
type Balance = ReadonlyMap<bigint, number>

/** So many rows are noted as differing at most. */
const maxNoted = 1000

/** What the next read of the replica asks for follows the rows' width. */
const firstRows = 16
const mostRows = 1000
const characters = 1_000_000

/**
 * Compares the multisets of rows of source and replica. What differs is compared once more after another pull before it
 * counts, since it may have changed meanwhile. What differs then is mended by building the replica anew. It is one step: a
 * table that is read whole is compared in one run.
 */
export const verifyWhole = Effect.fn("Whole.verify")(function* (
  context: WholeContext,
  current: () => SinkRun,
  begun: Verification,
): Effect.fn.Return<Verification | undefined, ConnectorError, Source> {
  const findings = () => current().findings
  yield* findings().clearDifferences
  const first = yield* balance(context, current())
  if (first === undefined) return undefined
  let { found } = first
  let { rows } = first
  if (found.size > 0) {
    const run = yield* current().renew({ refresh: false })
    context.goOn(run)
    yield* pullWhole({ ...(yield* askedAgain(context)), run })
    const again = context.tally.more ? undefined : yield* balance(context, current())
    if (again === undefined) return undefined
    ;({ found, rows } = again)
  }
  const settled = Math.max(0, sizeOf(first.found) - sizeOf(found))
  let repaired = 0
  if (begun.repair && found.size > 0) {
    const run = yield* current().renew({ refresh: false })
    context.goOn(run)
    const { position } = run.stored
    if (position !== undefined) yield* passRows(run, position, rows)
    yield* rebuildWhole({ ...(yield* askedAgain(context)), run })
    const left = context.tally.more ? undefined : yield* balance(context, current())
    if (left === undefined) return undefined
    repaired = Math.max(0, sizeOf(found) - sizeOf(left.found))
    ;({ found, rows } = left)
  }
  const state: Verification = { ...begun, checked: rows, settled, repaired }
  const noted = namesOf(found)
  if (noted.length > 0) yield* findings().noteVerification(state, noted)
  // Where more differ than are noted, the two are not equal all the same.
  const unaccounted = Math.max(0, sizeOf(found) - noted.length)
  const ended = { ...state, unaccounted }
  yield* findings().completeVerification(ended)
  return ended
})

/** With the transactions in flight and the parts of the table as they are by now. */
const askedAgain = Effect.fnUntraced(function* (context: WholeContext) {
  const { plan, options } = context
  const { parts, inFlight } = yield* askAgain(plan.table)
  const table = parts === undefined ? plan.table : { ...plan.table, parts }
  return { ...context, plan: { ...plan, table }, options: { ...options, inFlight } }
})

const sizeOf = (found: Balance): number => [...found.values()].reduce((sum, count) => sum + Math.abs(count), 0)

/** A row without a key is named by its hash, and by how many equal ones differ before it. */
const namesOf = (found: Balance): ReadonlyArray<Differing> =>
  [...found]
    .flatMap(([hash, count]) =>
      Array.from({ length: Math.min(maxNoted, Math.abs(count)) }, (_, place): Differing => ({
        key: [hash.toString(16).padStart(16, "0"), String(place + 1)],
        kind: count > 0 ? "missing" : "extra",
      })),
    )
    .slice(0, maxNoted)

/** Reads both sides. A row with a value that cannot be stored is missing, whatever the replica has. */
const balance = Effect.fnUntraced(function* ({ plan, options, tally }: WholeContext, run: SinkRun) {
  const hash = rowHash(plan)
  const counts = new Map<bigint, number>()
  const add = (row: bigint, count: number) => {
    const sum = (counts.get(row) ?? 0) + count
    if (sum === 0) counts.delete(row)
    else counts.set(row, sum)
  }
  let rejected = 0n
  const sum = yield* readWhole(plan, options, tally, ({ rows, rejects }) =>
    Effect.sync(() => {
      for (const row of rows) add(hash(row), 1)
      for (const _ of rejects) add(-(rejected += 1n), 1)
    }),
  )
  if (sum === undefined) {
    tally.more = true
    return undefined
  }
  let limit = firstRows
  let after: string | undefined
  do {
    const { rows, last } = yield* run.replica.rows(after, limit)
    let length = 0
    for (const row of rows) {
      add(hash(row), -1)
      length += row.reduce((size, value) => size + (value?.length ?? 0), 0)
    }
    if (rows.length > 0) limit = Math.max(1, Math.min(mostRows, Math.ceil((characters * rows.length) / (length + 1))))
    after = last
  } while (after !== undefined)
  return { found: counts, rows: sum.given }
})
