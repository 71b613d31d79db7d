import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { columnsOf, integer, text } from "../columns.ts"
import { type Database, dataFaultIsStorage } from "../database.ts"
import { identifier, literal } from "../quote.ts"
import { nextTarget } from "../replicaTable.ts"
import { logIsBusy } from "./busy.ts"
import { makeApplyLog } from "./apply.ts"
import { rowsOf } from "./rows.ts"
import { toKey } from "./slots.ts"
import { createFeed, feedName, placeOf, targetText } from "./store.ts"
import {
  inReplica,
  type LogCounts,
  type LogOutcome,
  type LogState,
  type LogTable,
  type SinkLogRun,
} from "@starbase-replication/core/sink"

/** What a run of a log begins with. */
export interface LogStart {
  readonly source: string
  readonly stored: LogState | undefined
  readonly tables: ReadonlyArray<LogTable>
  readonly token: string
  readonly previous: string
  readonly isClaimed: boolean
  readonly leaseMillis: number
}

/** How old what is noted of a log's keeping may be, in milliseconds. */
const heartbeat = 60_000

const counted = columnsOf({ name: text, written: integer, deleted: integer })
const wantedRow = columnsOf({ key: text })

/** The run's part of the LogSink service. */
export const makeLogRun = Effect.fnUntraced(function* (
  database: Database,
  start: LogStart,
): Effect.fn.Return<SinkLogRun> {
  const { source, token } = start
  const startedAt = yield* Clock.currentTimeMillis
  const held = { isClaimed: start.isClaimed, hasApplied: false }

  /** Statements for a run that holds its log, as one call to the database. */
  const fenced = Effect.fnUntraced(function* (...statements: ReadonlyArray<string>) {
    const now = yield* Clock.currentTimeMillis
    const fence = `INSERT INTO tmp_replication_log_batch (name, token, previous, now, until, is_torn, slots)
      SELECT ${[source, token, start.previous, String(now), String(now + start.leaseMillis)].map(literal).join(", ")}, is_torn, '[]'
      FROM tmp_replication_logs WHERE name = ${literal(source)}`
    yield* Effect.mapError(database.attempt([fence, ...statements].join(";\n")), dataFaultIsStorage)
    held.isClaimed = true
  })

  const following = (target: Parameters<SinkLogRun["follow"]>[0]) => {
    const { into, which, member, parts, high } = target
    return [
      `DROP TRIGGER IF EXISTS ${identifier(feedName(target))}`,
      `INSERT INTO tmp_replication_log_targets (name, which, source, member, parts, high)
        VALUES (${[into, which, source, member, JSON.stringify(parts)].map(literal).join(", ")}, ${high === undefined ? "NULL" : literal(high)})
        ON CONFLICT (name, which) DO UPDATE SET source = excluded.source, member = excluded.member, parts = excluded.parts, high = excluded.high`,
      createFeed(target),
    ]
  }

  const forgetNext = (into: string) => {
    const next = nextTarget(into)
    return [
      `DROP VIEW IF EXISTS ${identifier(next.view)}`,
      `DROP TABLE IF EXISTS ${identifier(next.table)}`,
      `UPDATE tmp_replication_tables SET next_plan = NULL, next_position = NULL WHERE name = ${literal(into)} AND next_plan IS NOT NULL`,
    ]
  }

  const run: SinkLogRun = {
    stored: start.stored,
    tables: start.tables,
    token,

    start: ({ slot, position, publication, history }) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const before = start.stored?.following ?? []
        if (start.stored !== undefined) {
          yield* fenced(
            ...before.flatMap(({ into, which }) => [
              `DROP TRIGGER IF EXISTS ${identifier(feedName({ into, which }))}`,
              ...(which === "next" ? forgetNext(into) : []),
            ]),
            ...before.map(
              (target) => `DELETE FROM tmp_replication_log_wanted WHERE target = ${literal(targetText(target))}`,
            ),
            `DELETE FROM tmp_replication_log_targets WHERE source = ${literal(source)}`,
            `DELETE FROM tmp_replication_logs WHERE name = ${literal(source)}`,
          )
        }
        const rows = yield* database.query(
          `INSERT INTO tmp_replication_logs (name, slot, position, publication, history, lease, lease_until)
            VALUES (?, ?, ?, ?, ?, ?, CAST(? AS INTEGER)) ON CONFLICT (name) DO NOTHING RETURNING name`,
          source,
          slot,
          position,
          publication,
          history,
          token,
          now + start.leaseMillis,
        )
        if (rows.length === 0) return yield* logIsBusy(source)
        held.isClaimed = true
      }),

    renew: fenced(),

    join: (target, { into }) => {
      const { table, position } = placeOf(target)
      return fenced(
        `DELETE FROM ${identifier(table)} WHERE ${target.which === "next" ? "true" : `NOT EXISTS (SELECT 1 FROM tmp_replication_tables WHERE name = ${literal(into)} AND synced_at IS NOT NULL)`}`,
        `UPDATE tmp_replication_tables SET ${position} = NULL WHERE name = ${literal(into)}`,
        `DELETE FROM tmp_replication_log_wanted WHERE target = ${literal(targetText(target))}`,
        ...following(target),
      )
    },

    follow: (target) => fenced(...following(target)),

    leave: (target) =>
      fenced(
        `DROP TRIGGER IF EXISTS ${identifier(feedName(target))}`,
        `DELETE FROM tmp_replication_log_targets WHERE name = ${literal(target.into)} AND which = ${literal(target.which)}`,
        `DELETE FROM tmp_replication_log_wanted WHERE target = ${literal(targetText(target))}`,
        ...(target.which === "next" ? forgetNext(target.into) : []),
      ),

    rows: (target, plan, keys) => rowsOf(database, target, inReplica(plan), keys),

    wanted: (target, limit) =>
      database
        .query(
          "SELECT key FROM tmp_replication_log_wanted WHERE target = ? ORDER BY key LIMIT CAST(? AS INTEGER)",
          targetText(target),
          limit,
        )
        .pipe(
          Effect.flatMap(wantedRow.decode),
          Effect.map((rows) => rows.map(({ key }) => toKey(key))),
        ),

    apply: makeApplyLog(database, start, held),

    finish: Effect.fnUntraced(function* (outcome: LogOutcome) {
      const now = yield* Clock.currentTimeMillis
      const { notedAt = 0, position } = start.stored ?? {}
      const unserved = JSON.stringify(Object.fromEntries(outcome.unserved))
      const isNews =
        outcome.keeping.state !== start.stored?.keeping?.state ||
        unserved !== JSON.stringify(Object.fromEntries(start.stored?.unserved ?? []))
      const isDue = held.isClaimed || isNews || position === undefined || now - notedAt >= heartbeat
      const counts = new Map<string, LogCounts>()
      if (!isDue) return counts
      if (held.hasApplied) {
        const rows = yield* database.query(
          `UPDATE tmp_replication_tables SET lease_until = 0,
            read = coalesce((SELECT value FROM json_each(?1) WHERE key = tmp_replication_tables.name), 0), pages = 1, rejected = 0, more = 0,
            last_run_at = CAST(?2 AS INTEGER), last_ended_at = CAST(?3 AS INTEGER), last_success_at = CAST(?3 AS INTEGER)
          WHERE lease = ?4 AND last_ended_at IS NOT NULL AND last_ended_at < CAST(?2 AS INTEGER) RETURNING ${counted.select}`,
          JSON.stringify(Object.fromEntries(outcome.read)),
          startedAt,
          now,
          token,
        )
        for (const { name, written, deleted } of yield* counted.decode(rows)) counts.set(name, { written, deleted })
      }
      const rows = yield* database.query(
        `UPDATE tmp_replication_logs SET lease = ?1, lease_until = 0, position = coalesce(?2, position), synced_at = coalesce(CAST(?3 AS INTEGER), synced_at),
          keeping = ?4, noted_at = CAST(?5 AS INTEGER), unserved = ?8
        WHERE name = ?6 AND (lease = ?1 OR (lease = ?7 AND lease_until <= CAST(?5 AS INTEGER))) RETURNING name`,
        token,
        outcome.position ?? null,
        outcome.syncedAt ?? null,
        JSON.stringify(outcome.keeping),
        now,
        source,
        start.previous,
        unserved,
      )
      return rows.length === 0 ? new Map<string, LogCounts>() : counts
    }),
  }
  return run
})
