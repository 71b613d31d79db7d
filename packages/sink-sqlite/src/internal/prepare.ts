import * as Effect from "effect/Effect"
import { adoptionProblems } from "./adopt.ts"
import { createApply } from "./apply.ts"
import type { Database } from "./database.ts"
import { fenced, type Fenced } from "./fence.ts"
import type { Found } from "./found.ts"
import { changes, droppedColumns, encodePlan, freeze, isOnlyCursor, shapeOf, type StoredPlan } from "./plan.ts"
import { identifier, literal } from "./quote.ts"
import { createReplica, liveTarget, nextTarget, type Target } from "./replicaTable.ts"
import type { StateRow } from "./stateRow.ts"
import { ConnectorError, type Plan } from "@starbase-replication/core/sink"

/** Where a run that needed preparation goes on. */
export interface Prepared {
  readonly plan: Plan
  readonly position: string | undefined
  readonly target: Target
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
  if (row.plan === undefined && found.replica) yield* adopt(database, asked)
  if (row.plan === undefined || !found.replica) return yield* makeLive(change, asked, asRow(row.plan, asked))

  const plan = asked.drift === "freeze" ? (freeze(row.plan, asked) ?? asked) : asked
  const drift = changes(row.plan, asked)
  if (drift.length > 0) yield* noteDrift(database, into, token, drift, now)
  const differs = changes(row.plan, plan)
  if (differs.length > 0 && !isOnlyCursor(differs) && asked.drift !== "follow" && !refresh) {
    return yield* new ConnectorError({
      code: "schema-changed",
      message: `"${into}" differs from its source: ${differs.join(", ")}.`,
      hint: "Mend the source, or build the replica anew as the source is now.",
    })
  }
  if (!row.isComplete && differs.length > 0) {
    yield* change(`DROP TABLE IF EXISTS ${identifier(into)}`)
    return yield* makeLive(change, plan, asRow(row.plan, plan))
  }
  if (isOnlyCursor(differs)) return yield* makeLive(change, plan, asRow(row.plan, plan))
  if (differs.length > 0 || refresh || row.next !== undefined) return yield* makeNext(change, plan, row)
  yield* makeApply(change, plan, liveTarget(into))
  return { plan, position: row.position, target: liveTarget(into) }
})

const asRow = (stored: StoredPlan | undefined, plan: Plan): StoredPlan => ({
  shape: shapeOf(plan),
  dropped: droppedColumns(stored, plan),
})

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
const makeLive = Effect.fnUntraced(function* (change: Fenced, plan: Plan, stored: StoredPlan) {
  const target = liveTarget(plan.into)
  yield* change(
    `UPDATE tmp_replication_tables
      SET plan = ${literal(encodePlan(stored))}, position = NULL, next_plan = NULL, next_position = NULL
      WHERE name = ${literal(plan.into)}`,
    createReplica(plan, target, stored.dropped),
  )
  yield* makeApply(change, plan, target)
  return { plan, position: undefined, target }
})

/** Makes, or goes on with, the replica that is built beside the one that readers see. */
const makeNext = Effect.fnUntraced(function* (change: Fenced, plan: Plan, row: StateRow) {
  const target = nextTarget(plan.into)
  const stored = asRow(row.plan, plan)
  const isSame = row.next !== undefined && encodePlan(row.next.plan) === encodePlan(stored)
  if (!isSame) {
    yield* change(
      `UPDATE tmp_replication_tables SET next_plan = ${literal(encodePlan(stored))}, next_position = NULL
        WHERE name = ${literal(plan.into)}`,
      `DROP TABLE IF EXISTS ${identifier(target.table)}`,
    )
  }
  yield* change(createReplica(plan, target, stored.dropped))
  yield* makeApply(change, plan, target)
  return { plan, position: isSame ? row.next?.position : undefined, target }
})

const makeApply = Effect.fnUntraced(function* (change: Fenced, plan: Plan, target: Target) {
  const apply = createApply(plan, target)
  yield* change(`DROP VIEW IF EXISTS ${identifier(target.view)}`, apply.view)
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
