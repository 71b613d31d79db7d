import * as Effect from "effect/Effect"
import { columnsOf, text } from "./columns.ts"
import type { Database } from "./database.ts"
import { fenced } from "./fence.ts"
import { createApply } from "./apply.ts"
import { feedSwapped, type Swapped } from "./changes/swapped.ts"
import { triggerName } from "./changes/triggers.ts"
import { forgetFindings } from "./findings.ts"
import { createFeed, dropFeeds, feedName } from "./log/store.ts"
import { identifier, literal } from "./quote.ts"
import { liveTarget, nextTarget } from "./replicaTable.ts"
import type { ConnectorError, Plan } from "@starbase-replication/core/sink"

/** A call of more bytes is refused. */
const longest = 95_000

/** Where nobody replicates the table from here. */
const nobody: Swapped = { before: [], after: [] }

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
  const others = feeds ? yield* feedSwapped(database, plan, next.table) : nobody
  const drops = dependents
    .filter(({ type }) => type !== "index")
    .map(({ type, name }) => `DROP ${type} ${identifier(name)}`)
  const probe = `${next.table}_probe`
  const rename = (from: string, to: string) => `ALTER TABLE ${identifier(from)} RENAME TO ${identifier(to)}`
  const statements = ({ before, after }: Swapped): ReadonlyArray<string> => [
    // Where the renaming cannot work, it is better known while the old table is still there.
    rename(next.table, probe),
    rename(probe, next.table),
    ...before,
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
    ...after,
  ]
  const all = statements(others)
  // Where it would be more than one call takes, those who replicate the table wait until it is fed anew.
  const isTooLong = all.reduce((sum, one) => sum + one.length, 0) > longest
  yield* fenced(database, plan.into, token)(...(isTooLong ? statements(nobody) : all))
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
      triggerName("ad", into),
    ),
    (rows) => {
      const names = new Set(rows.map(([name]) => name))
      return {
        isFed: names.has(feedName({ into, which: "next" })),
        feeds: names.has(triggerName("ad", into)),
      }
    },
  )

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
