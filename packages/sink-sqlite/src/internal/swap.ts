import * as Effect from "effect/Effect"
import { columnsOf, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { createApply } from "./apply.ts"
import { described as fedAs, describeFed } from "./changes/described.ts"
import { feedTable } from "./changes/feed.ts"
import { triggerName } from "./changes/triggers.ts"
import { forgetFindings } from "./findings.ts"
import { createFeed, dropFeeds, feedName } from "./log/store.ts"
import { identifier, literal } from "./quote.ts"
import { shapeOf } from "./plan.ts"
import { liveTarget, nextTarget } from "./replicaTable.ts"
import type { ConnectorError, Plan } from "@starbase-replication/core/sink"

/** Something in the database that a swap must drop and make again. */
const dependent = columnsOf({ type: text, name: text, sql: text })

/**
 * Puts the replica that was built beside the old one in its place. SQLite refuses to rename a table while a view or a
 * trigger means one that is not there, so those that others have made are dropped and made again. All of it is one call
 * to the database, which runs to its end before anybody else's does: a reader sees the old table or the new one.
 */
export const swap = Effect.fn("SinkSqlite.swap")(function* (
  database: Database,
  plan: Plan,
  token: string,
): Effect.fn.Return<void, ConnectorError> {
  const [live, next] = [liveTarget(plan.into), nextTarget(plan.into)]
  const dependents = yield* findDependents(database, plan.into)
  const { isFed, feeds } = yield* findFeeds(database, plan.into)
  const drops = dependents
    .filter(({ type }) => type !== "index")
    .map(({ type, name }) => `DROP ${type} ${identifier(name)}`)
  const probe = `${next.table}_probe`
  const rename = (from: string, to: string) => `ALTER TABLE ${identifier(from)} RENAME TO ${identifier(to)}`
  yield* fenced(database, plan.into, token)(
    // Where the renaming cannot work, it is better known while the old table is still there.
    rename(next.table, probe),
    rename(probe, next.table),
    ...drops.toReversed(),
    ...dropFeeds(plan.into),
    `DROP VIEW IF EXISTS ${identifier(live.view)}`,
    `DROP VIEW IF EXISTS ${identifier(next.view)}`,
    `DROP TABLE ${identifier(plan.into)}`,
    rename(next.table, plan.into),
    `UPDATE tmp_replication_tables SET plan = next_plan, position = next_position, next_plan = NULL, next_position = NULL
        WHERE name = ${literal(plan.into)}`,
    // Their keys may be of another kind than the new one's.
    ...forgetFindings(plan.into),
    ...dependents.map(({ sql }) => sql),
    ...(isFed ? feedLive(plan) : []),
    ...(feeds ? yield* feedOthers(database, plan) : []),
  )
})

/**
 * Whether a log feeds the replica that is built, which then feeds it on in its new place; and whether the one that readers see
 * feeds others.
 */
const findFeeds = (database: Database, into: string) =>
  Effect.map(
    database.query(
      "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name IN (?, ?)",
      feedName({ into, which: "next" }),
      triggerName("ai", into),
    ),
    (rows) => {
      const names = new Set(rows.map(([name]) => name))
      return {
        isFed: names.has(feedName({ into, which: "next" })),
        feeds: names.has(triggerName("ai", into)),
      }
    },
  )

/** Those whom the old one has fed have to load the new one: what differs between the two is told by nobody. */
const feedOthers = Effect.fnUntraced(function* (database: Database, plan: Plan) {
  const [row] = yield* fedAs.decode(
    yield* database.query(`SELECT ${fedAs.select} FROM tmp_replication_fed WHERE name = ?`, plan.into),
  )
  const tenant = row?.described?.value?.tenant
  if (tenant === undefined) return []
  const fed = describeFed(
    { version: 1, shape: shapeOf(plan), dropped: [] },
    tenant === null ? "all" : { column: tenant },
  )
  return typeof fed === "string" ? [] : feedTable(plan.into, fed, "true")
})

const feedLive = (plan: Plan): ReadonlyArray<string> => {
  const apply = createApply(plan, liveTarget(plan.into))
  const name = literal(plan.into)
  return [
    apply.view,
    apply.trigger,
    createFeed({ into: plan.into, which: "live" }),
    `DELETE FROM tmp_replication_log_targets WHERE name = ${name} AND which = 'live'`,
    `UPDATE tmp_replication_log_targets SET which = 'live' WHERE name = ${name}`,
  ]
}

/** Views and triggers of others anywhere, and the indexes of the replica table. */
const findDependents = (database: Database, into: string) =>
  Effect.flatMap(
    database.query(
      `SELECT ${dependent.select} FROM sqlite_master
        WHERE sql IS NOT NULL AND lower(name) NOT LIKE 'tmp\\_%' ESCAPE '\\'
          AND (type IN ('view', 'trigger') OR (type = 'index' AND lower(tbl_name) = lower(?)))
        ORDER BY type = 'trigger', rowid`,
      into,
    ),
    dependent.decode,
  )
