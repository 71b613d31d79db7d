import * as Effect from "effect/Effect"
import { adoptionProblems } from "./adopt.ts"
import { createApply } from "./apply.ts"
import type { Database } from "./database.ts"
import { fenced, type Fenced } from "./fence.ts"
import { forgetFindings } from "./findings.ts"
import type { Found } from "./found.ts"
import {
  changes,
  droppedColumns,
  encodePlan,
  freeze,
  isMaskedAnew,
  isOnlyCursor,
  isOthers,
  shapeOf,
  type StoredPlan,
} from "./plan.ts"
import { dropFeeds } from "./log/store.ts"
import { identifier, literal } from "./quote.ts"
import { forgetRanges } from "./ranges.ts"
import { createReplica, liveTarget, nextTarget, type Target } from "./replicaTable.ts"
import { isKnown, type StateRow, storedAnew, storedOf } from "./stateRow.ts"
import { ConnectorError, type Plan, type Stored } from "@starbase-replication/core/sink"

/** Where a run goes on. */
export interface Prepared {
  readonly plan: Plan
  readonly target: Target
  readonly stored: Stored
  /** The columns that a replica that is filled from its beginning keeps, and the source no longer tells of. */
  readonly dropped?: ReadonlyArray<string>
}

interface Situation {
  readonly row: StateRow
  readonly found: Found
  readonly refresh: boolean
  readonly now: number
  readonly token: string
}

/** Makes what a run needs: the replica table, the one that is built beside it, or no more than a new apply. */
export const prepare = Effect.fnUntraced(function* (
  database: Database,
  asked: Plan,
  { row, found, refresh, now, token }: Situation,
): Effect.fn.Return<Prepared, ConnectorError> {
  const { into } = asked
  const change = fenced(database, into, token)
  const made = row.plan?.value
  if (row.plan === undefined && found.hasReplica) yield* adopt(database, asked)
  if (row.plan === undefined || !found.hasReplica) return yield* makeLive(change, asked, row)
  if (made !== undefined && isOthers(made, asked)) return yield* makeForOther(change, asked, row)
  if (made === undefined && asked.drift !== "follow" && !refresh) return yield* refuseUnknown(asked)

  const isWanted = refresh || isBeingRefreshed(asked, row)
  const isFrozen = asked.drift === "freeze" && (!isWanted || asked.mode === "full")
  const plan = made !== undefined && isFrozen ? (freeze(made, asked) ?? asked) : asked
  const drift = made === undefined ? [] : changes(made, asked)
  if (drift.length > 0) yield* noteDrift(database, into, token, drift, now)
  const differs = made === undefined ? [] : changes(made, plan)
  const isOther = differs.length > 0 && !isOnlyCursor(differs)
  const isAnew = isOther || !isKnown(row)
  if (isOther && asked.drift !== "follow" && !isWanted) {
    return yield* new ConnectorError({
      code: "schema-changed",
      message: `"${into}" differs from its source: ${differs.join(", ")}.`,
      hint: "Mend the source, or build the replica anew as the source is now.",
    })
  }
  if (!row.isComplete && (isAnew || differs.length > 0)) {
    yield* change(`DROP TABLE IF EXISTS ${identifier(into)}`)
    return yield* makeLive(change, plan, row)
  }
  if (!isAnew && differs.length > 0) return yield* scanAgain(change, plan, row)
  if (isAnew || refresh || row.nextPlan !== undefined) return yield* makeNext(change, plan, row)
  const target = liveTarget(into)
  yield* makeApply(change, plan, target)
  return { plan, target, stored: storedOf(row) }
})

/** Whether the replica is being built anew as the source is now, by a refresh that takes more than one run. */
const isBeingRefreshed = (asked: Plan, { nextPlan }: StateRow): boolean =>
  nextPlan?.value !== undefined && changes(nextPlan.value, asked).length === 0

/** Where the columns must not change, those of a replica that another release has made are not taken for the same. */
const refuseUnknown = ({ into }: Plan) =>
  Effect.fail(
    new ConnectorError({
      code: "schema-changed",
      message: `"${into}" was made by another release, from a plan that this one does not know.`,
      hint: "Mend the source, or build the replica anew as the table is there now.",
    }),
  )

const planFor = (plan: Plan, row: StateRow): StoredPlan => ({
  version: 1,
  shape: shapeOf(plan),
  dropped: droppedColumns(row.plan?.value, plan).map(({ inReplica, sqlType }) => [inReplica, sqlType]),
})

/** The source's names of the columns that are kept although it no longer tells of them. */
const namesOf = (plan: Plan, row: StateRow): ReadonlyArray<string> =>
  droppedColumns(row.plan?.value, plan).map(({ name }) => name)

const adopt = Effect.fnUntraced(function* (database: Database, plan: Plan) {
  if (!plan.adopt) {
    return yield* new ConnectorError({
      code: "table-not-ours",
      message: `The replica has a table "${plan.into}" that was not made by replication; it is left as it is.`,
    })
  }
  const problems = yield* adoptionProblems(database, plan)
  if (problems.length === 0) return
  return yield* new ConnectorError({
    code: "table-not-ours",
    message: `The table "${plan.into}" cannot be adopted: ${problems.join("; ")}.`,
    hint: "Change the table as the message says, or choose another `into`.",
  })
})

/** Makes the replica table where it is missing; its first scan begins anew. */
const makeLive = Effect.fnUntraced(function* (change: Fenced, plan: Plan, row: StateRow) {
  const target = liveTarget(plan.into)
  const stored = planFor(plan, row)
  yield* change(
    ...forgetMasked(plan, row),
    setPlan(plan, stored),
    ...forgetFindings(plan.into),
    createReplica(plan, target, stored.dropped),
  )
  yield* makeApply(change, plan, target)
  return { plan, target, stored: storedAnew(row, undefined), dropped: namesOf(plan, row) }
})

/** Takes away the rows that are another's, at once and whatever the table's drift says, and begins anew. */
const makeForOther = Effect.fnUntraced(function* (change: Fenced, plan: Plan, row: StateRow) {
  const next = nextTarget(plan.into)
  yield* change(
    ...dropFeeds(plan.into),
    ...[liveTarget(plan.into), next].map(({ view }) => `DROP VIEW IF EXISTS ${identifier(view)}`),
    `DROP TABLE IF EXISTS ${identifier(next.table)}`,
    plan.adopt ? `DELETE FROM ${identifier(plan.into)}` : `DROP TABLE IF EXISTS ${identifier(plan.into)}`,
    `UPDATE tmp_replication_tables SET plan = NULL, position = NULL, next_plan = NULL, next_position = NULL, synced_at = NULL,
      reconciliation = NULL, reconciled_at = NULL, verification = NULL, verified_at = NULL WHERE name = ${literal(plan.into)}`,
    `DELETE FROM tmp_replication_rejects WHERE name = ${literal(plan.into)}`,
  )
  return yield* makeLive(change, plan, { ...row, plan: undefined, reconciliation: undefined })
})

/** Lets the next scan go into the table that is there. */
const scanAgain = Effect.fnUntraced(function* (change: Fenced, plan: Plan, row: StateRow) {
  const target = liveTarget(plan.into)
  yield* change(setPlan(plan, planFor(plan, row)), forgetRanges(plan.into))
  yield* makeApply(change, plan, target)
  return { plan, target, stored: { ...storedOf(row), position: undefined } }
})

/** Forgets the keys of rows that were set aside where they are to be others. */
const forgetMasked = (plan: Plan, { plan: made }: StateRow): ReadonlyArray<string> =>
  isMaskedAnew(made?.value, plan) ? [`DELETE FROM tmp_replication_rejects WHERE name = ${literal(plan.into)}`] : []

const setPlan = ({ into }: Plan, stored: StoredPlan): string =>
  `UPDATE tmp_replication_tables
    SET plan = ${literal(encodePlan(stored))}, position = NULL, next_plan = NULL, next_position = NULL
    WHERE name = ${literal(into)}`

/** Makes, or goes on with, the replica that is built beside the one that readers see. */
export const makeNext = Effect.fnUntraced(function* (
  change: Fenced,
  plan: Plan,
  row: StateRow,
): Effect.fn.Return<Prepared, ConnectorError> {
  const target = nextTarget(plan.into)
  const stored = planFor(plan, row)
  const made = row.nextPlan?.value
  const isPositionKnown = row.nextPosition === undefined || row.nextPosition.value !== undefined
  const isMade = made !== undefined && isPositionKnown && encodePlan(made) === encodePlan(stored)
  // Of a table without a key it is not known which of its rows are there already.
  const isSame = isMade && plan.whole === undefined
  if (!isSame) {
    yield* change(
      ...forgetMasked(plan, row),
      `UPDATE tmp_replication_tables SET next_plan = ${literal(encodePlan(stored))}, next_position = NULL
        WHERE name = ${literal(plan.into)}`,
      `DROP TABLE IF EXISTS ${identifier(target.table)}`,
      // Those are counted by their places in a reading, of which there will be others.
      ...(plan.whole === undefined ? [] : [`DELETE FROM tmp_replication_rejects WHERE name = ${literal(plan.into)}`]),
    )
  }
  yield* change(createReplica(plan, target, stored.dropped))
  yield* makeApply(change, plan, target)
  const position = isSame ? row.nextPosition?.value : undefined
  return { plan, target, stored: storedAnew(row, position), dropped: namesOf(plan, row) }
})

/** A statement of more bytes is refused. */
const longest = 95_000

/** In one call where it can be: what hands rows on to the view must find it there, whenever a run dies. */
const makeApply = Effect.fnUntraced(function* (change: Fenced, plan: Plan, target: Target) {
  const apply = createApply(plan, target)
  const drop = `DROP VIEW IF EXISTS ${identifier(target.view)}`
  if (apply.view.length + apply.trigger.length <= longest) {
    yield* change(drop, apply.view, apply.trigger)
    return
  }
  yield* change(drop, apply.view)
  yield* change(apply.trigger)
})

const noteDrift = (database: Database, into: string, token: string, found: ReadonlyArray<string>, now: number) =>
  database.query(
    `UPDATE tmp_replication_tables SET drift = ?1
      WHERE name = ?2 AND lease = ?3 AND drift->>'changes' IS NOT ?1->>'changes'`,
    JSON.stringify({ at: now, changes: found }),
    into,
    token,
  )
