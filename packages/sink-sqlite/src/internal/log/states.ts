import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { columnsOf, type Decoded, flag, given, integer, json, kept, maybe, text } from "../columns.ts"
import type { Database } from "../database.ts"
import { identifier } from "../quote.ts"
import { feedName, hasLogs } from "./store.ts"
import type { ConnectorError, Following, LogState } from "@starbase-replication/core/sink"

const Keeping = Schema.Struct({
  state: Schema.String,
  held: Schema.Number,
  safe: Schema.NullOr(Schema.Number),
  keeping: Schema.String,
  holds: Schema.NullOr(Schema.String),
})

export const Part = Schema.Struct({ at: Schema.String, places: Schema.Number })

export const logRow = columnsOf({
  name: text,
  slot: text,
  position: text,
  part: kept(Part),
  isTorn: flag,
  publication: text,
  history: text,
  lease: text,
  leaseUntil: integer,
  syncedAt: maybe(integer),
  keeping: kept(Keeping),
  unserved: kept(Schema.Record(Schema.String, Schema.String)),
  notedAt: maybe(integer),
})
export type LogRow = Decoded<typeof logRow>

const targetRow = columnsOf({
  name: text,
  which: text,
  source: text,
  member: text,
  parts: json(Schema.Array(Schema.String)),
  high: maybe(text),
  isWanting: given(
    "EXISTS (SELECT 1 FROM tmp_replication_log_wanted w WHERE w.target = g.which || ' ' || g.name)",
    flag,
  ),
  isFed: given(
    "EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'trigger' AND m.name = 'tmp_replication_log_' || g.which || '_' || g.name)",
    flag,
  ),
  isWhole: given(
    `EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'trigger'
        AND m.name = iif(g.which = 'next', 'tmp_replication_applynext_', 'tmp_replication_apply_') || g.name)
      AND EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'table'
        AND lower(m.name) = lower(iif(g.which = 'next', 'tmp_replication_next_', '') || g.name))`,
    flag,
  ),
})

/**
 * Takes away the triggers that hand rows on to what is not there any more, as after somebody has dropped a replica: no batch
 * of any log could be applied.
 */
export const dropBroken = Effect.fnUntraced(function* (database: Database) {
  const rows = yield* database.query(`SELECT ${targetRow.select} FROM tmp_replication_log_targets g`)
  for (const { name, which, isFed, isWhole } of yield* targetRow.decode(rows)) {
    if (!isFed || isWhole || (which !== "live" && which !== "next")) continue
    yield* database.query(`DROP TRIGGER IF EXISTS ${identifier(feedName({ into: name, which }))}`)
  }
})

/** What follows logs: a target whose trigger somebody has dropped does not. */
export const readFollowing = (database: Database) =>
  Effect.gen(function* () {
    const rows = yield* database.query(`SELECT ${targetRow.select} FROM tmp_replication_log_targets g`)
    return (yield* targetRow.decode(rows)).flatMap(({ name, which, isFed, isWhole, source, ...rest }) => {
      if (!isFed || !isWhole || (which !== "live" && which !== "next")) return []
      const following: Following = { into: name, which, ...rest }
      return [{ source, following, feed: feedName(following) }]
    })
  })

export const toLogState = (
  row: LogRow,
  following: ReadonlyArray<{ readonly source: string; readonly following: Following }>,
  now: number,
): LogState => ({
  source: row.name,
  slot: row.slot,
  position: row.position,
  part: row.part?.value,
  isTorn: row.isTorn,
  publication: row.publication,
  history: row.history,
  following: following.flatMap((one) => (one.source === row.name ? [one.following] : [])),
  syncedAt: row.syncedAt,
  keeping: row.keeping?.value,
  notedAt: row.notedAt,
  unserved: new Map(Object.entries(row.unserved?.value ?? {})),
  running: row.leaseUntil > now,
})

/** Where each known log stands. */
export const logStates = (database: Database): Effect.Effect<ReadonlyArray<LogState>, ConnectorError> =>
  Effect.gen(function* () {
    if (!(yield* hasLogs(database))) return []
    const now = yield* Clock.currentTimeMillis
    const rows = yield* database.query(`SELECT ${logRow.select} FROM tmp_replication_logs`)
    const following = yield* readFollowing(database)
    return (yield* logRow.decode(rows)).map((row) => toLogState(row, following, now))
  })
