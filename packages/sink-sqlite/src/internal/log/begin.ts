import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { createApply } from "../apply.ts"
import { columnsOf, flag, given, kept, maybe, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { find } from "../found.ts"
import { changes, freeze, isOnlyCursor, StoredPlan } from "../plan.ts"
import { liveTarget, nextTarget } from "../replicaTable.ts"
import { makeStore, open } from "../store.ts"
import { logIsBusy } from "./busy.ts"
import { makeLogRun } from "./run.ts"
import { dropBroken, logRow, readFollowing, toLogState } from "./states.ts"
import { makeLogStore } from "./store.ts"
import type { ConnectorError, LogSink, LogTable, SinkLogRun } from "@starbase-replication/core/sink"

const tableRow = columnsOf({
  name: text,
  plan: kept(StoredPlan),
  nextPlan: kept(StoredPlan),
  hasBegun: given("position IS NOT NULL OR synced_at IS NOT NULL", flag),
  isThere: given(
    "EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'table' AND lower(m.name) = lower(t.name))",
    flag,
  ),
  trigger: given(
    "(SELECT sql FROM sqlite_master m WHERE m.type = 'trigger' AND m.name = 'tmp_replication_apply_' || t.name)",
    maybe(text),
  ),
  nextTrigger: given(
    "(SELECT sql FROM sqlite_master m WHERE m.type = 'trigger' AND m.name = 'tmp_replication_applynext_' || t.name)",
    maybe(text),
  ),
})

/** Begins a run of a log; see the LogSink service. */
export const beginLog = Effect.fn("SinkSqlite.beginLog")(function* (
  database: Database,
  source: string,
  { claim, plans }: Parameters<LogSink["begin"]>[1],
  leaseMillis: number,
): Effect.fn.Return<SinkLogRun, ConnectorError> {
  if (!(yield* open(database, yield* find(database, "", "")))) yield* makeStore(database)
  yield* makeLogStore(database)
  const now = yield* Clock.currentTimeMillis
  const token = crypto.randomUUID()
  if (claim) {
    const rows = yield* database.query(
      `UPDATE tmp_replication_logs AS t SET lease = ?1, lease_until = CAST(?2 AS INTEGER)
        WHERE name = ?3 AND NOT (t.lease_until > CAST(?4 AS INTEGER) AND t.lease_until <= 2 * CAST(?2 AS INTEGER) - CAST(?4 AS INTEGER))
        RETURNING name`,
      token,
      now + leaseMillis,
      source,
      now,
    )
    const [known] = yield* database.query("SELECT 1 FROM tmp_replication_logs WHERE name = ?", source)
    if (rows.length === 0 && known !== undefined) return yield* logIsBusy(source)
  }
  const [row] = yield* logRow.decode(
    yield* database.query(`SELECT ${logRow.select} FROM tmp_replication_logs WHERE name = ?`, source),
  )
  const isHeld =
    row !== undefined && row.lease !== token && row.leaseUntil > now && row.leaseUntil <= now + 2 * leaseMillis
  if (isHeld) return yield* logIsBusy(source)
  yield* dropBroken(database)
  const following = yield* readFollowing(database)
  const standing = new Map(
    (yield* tableRow.decode(yield* database.query(`SELECT ${tableRow.select} FROM tmp_replication_tables t`))).map(
      (one) => [one.name, one],
    ),
  )
  const tables = plans.map((asked): LogTable => {
    const one = standing.get(asked.into)
    const made = one?.plan?.value
    if (one === undefined || made === undefined || !one.isThere) {
      const hasBegun = one !== undefined && one.isThere && one.hasBegun
      return { plan: asked, isAsPlanned: false, isNextAsPlanned: false, hasBegun, hasDrifted: false }
    }
    const plan = asked.drift === "freeze" ? (freeze(made, asked) ?? asked) : asked
    const differs = changes(made, plan)
    const hasDrifted = differs.length > 0 && !isOnlyCursor(differs)
    const isAsPlanned = differs.length === 0 && one.trigger === createApply(plan, liveTarget(plan.into)).trigger
    const next = one.nextPlan?.value
    const isNextAsPlanned =
      next !== undefined &&
      changes(next, plan).length === 0 &&
      one.nextTrigger === createApply(plan, nextTarget(plan.into)).trigger
    return { plan, isAsPlanned, isNextAsPlanned, hasBegun: one.hasBegun, hasDrifted }
  })
  return yield* makeLogRun(database, {
    source,
    tables,
    stored: row === undefined ? undefined : toLogState(row, following, now),
    token,
    previous: row?.lease ?? "",
    isClaimed: row?.lease === token,
    leaseMillis,
  })
})
