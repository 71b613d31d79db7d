import * as Effect from "effect/Effect"
import { columnsOf, flag, given } from "../columns.ts"
import type { Database } from "../database.ts"
import { leaseLost } from "../errors.ts"
import { identifier, literal } from "../quote.ts"
import { pieceNames } from "../pieces.ts"
import { liveTarget, nextTarget, type Target } from "../replicaTable.ts"
import type { ConnectorError, LogTarget } from "@starbase-replication/core/sink"

/** How many portions of rows and keys one statement brings, each below the size of a parameter. */
export const maxSlots = 12

const slots = Array.from({ length: maxSlots }, (_, slot) => slot)
export const rowSlots = slots.map((slot) => `r${slot}`)
export const deleteSlots = slots.map((slot) => `d${slot}`)

/** Every column of the view through which batches come. */
export const batchColumns = [
  "name",
  "token",
  "previous",
  "now",
  "until",
  "position",
  "part",
  "is_torn",
  "slots",
  "wanted",
  "found",
  ...rowSlots,
  ...deleteSlots,
  ...pieceNames,
]

const feedColumns = ["target", "token", "now", "until", "is_emptied", "rows", "deletes", "rejects", ...pieceNames]

const viewOf = (name: string, columns: ReadonlyArray<string>): string =>
  `CREATE VIEW IF NOT EXISTS ${name} AS SELECT ${columns.map((column) => `NULL AS ${column}`).join(", ")}`

/** The value of a slot, given what stands for its number. */
const ofSlot = (names: ReadonlyArray<string>): string =>
  `CASE slot.key ${names.map((name, slot) => `WHEN ${slot} THEN NEW.${name}`).join(" ")} END`

/**
 * Logs are kept in tables that are made when the first one is followed, so that a store without them needs nothing.
 * A batch is inserted into one view, whose trigger checks that the log is still held, hands each table's part to the trigger
 * of that table, and saves the position: one statement, atomic over all tables, with nothing but statements to work with.
 */
const statements = [
  `CREATE TABLE IF NOT EXISTS tmp_replication_logs (
  name TEXT PRIMARY KEY,
  slot TEXT NOT NULL,
  position TEXT NOT NULL,
  part TEXT,
  is_torn INTEGER NOT NULL DEFAULT 0,
  publication TEXT NOT NULL,
  history TEXT NOT NULL,
  lease TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  synced_at INTEGER,
  keeping TEXT,
  unserved TEXT,
  noted_at INTEGER
) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS tmp_replication_log_targets (
  name TEXT NOT NULL,
  which TEXT NOT NULL,
  source TEXT NOT NULL,
  member TEXT NOT NULL,
  parts TEXT NOT NULL,
  high TEXT,
  PRIMARY KEY (name, which)
) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS tmp_replication_log_wanted (
  target TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (target, key)
) WITHOUT ROWID`,
  viewOf("tmp_replication_log_feed", feedColumns),
  // A view without any trigger takes no rows, not even none.
  "CREATE TRIGGER IF NOT EXISTS tmp_replication_log_feed INSTEAD OF INSERT ON tmp_replication_log_feed BEGIN SELECT 1; END",
  viewOf("tmp_replication_log_batch", batchColumns),
  `CREATE TRIGGER IF NOT EXISTS tmp_replication_log_batch INSTEAD OF INSERT ON tmp_replication_log_batch BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_logs WHERE name = NEW.name AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO tmp_replication_log_feed (${feedColumns.join(", ")})
    SELECT slot.value->>'$[0]', NEW.token, NEW.now, NEW.until, slot.value->>'$[1]', ${ofSlot(rowSlots)}, ${ofSlot(deleteSlots)},
      slot.value->>'$[2]', ${pieceNames.map((piece) => `CASE slot.key WHEN 0 THEN NEW.${piece} END`).join(", ")}
    FROM json_each(NEW.slots) AS slot;
  UPDATE tmp_replication_logs SET lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER),
    position = coalesce(NEW.position, position), part = iif(NEW.position IS NULL, part, NEW.part),
    is_torn = CAST(NEW.is_torn AS INTEGER)
    WHERE name = NEW.name;
  DELETE FROM tmp_replication_log_wanted WHERE NEW.found IS NOT NULL AND (target, key) IN (
    SELECT value->>'$[0]', value->>'$[1]' FROM json_each(NEW.found));
  INSERT OR IGNORE INTO tmp_replication_log_wanted (target, key)
    SELECT value->>'$[0]', value->>'$[1]' FROM json_each(NEW.wanted);
END`,
]

const there = columnsOf({
  isThere: given(
    "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'tmp_replication_log_batch')",
    flag,
  ),
})

/** Whether any log was ever followed here. */
export const hasLogs = (database: Database): Effect.Effect<boolean, ConnectorError> =>
  database.query(`SELECT ${there.select}`).pipe(
    Effect.flatMap(there.decode),
    Effect.map(([row]) => row?.isThere ?? false),
  )

export const makeLogStore = (database: Database): Effect.Effect<void, ConnectorError> =>
  Effect.asVoid(database.query(statements.join(";\n")))

/** A target as a text. */
export const targetText = ({ into, which }: LogTarget): string => `${which} ${into}`

export const placeOf = ({ into, which }: LogTarget): Target => (which === "live" ? liveTarget(into) : nextTarget(into))

export const feedName = ({ into, which }: LogTarget): string => `tmp_replication_log_${which}_${into}`

/**
 * The trigger that brings a target's part of a batch. It acts by the lease of the log's own run, or takes a table that is
 * free; one that is emptied is so before its rows come.
 */
export const createFeed = (target: LogTarget): string => {
  const { table, view } = placeOf(target)
  const into = literal(target.into)
  const given = (rows: string, deletes: string, rejects: string) =>
    `SELECT NEW.token, t.lease, NEW.now, iif(t.lease = NEW.token AND t.lease_until > 0, NEW.until, '0'), ${rows}, ${deletes}, ${rejects}, '0'`
  const columns = "token, previous, now, until, rows, deletes, rejects, save"
  return `CREATE TRIGGER ${identifier(feedName(target))} INSTEAD OF INSERT ON tmp_replication_log_feed
WHEN NEW.target = ${literal(targetText(target))} BEGIN
  INSERT INTO ${identifier(view)} (${columns}) ${given("NULL", "'[]'", "NULL")}
    FROM tmp_replication_tables t WHERE t.name = ${into} AND NEW.is_emptied = 1;
  DELETE FROM ${identifier(table)} WHERE NEW.is_emptied = 1;
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = ${into} AND changes() > 0;
  DELETE FROM tmp_replication_rejects WHERE name = ${into} AND NEW.is_emptied = 1;
  INSERT INTO ${identifier(view)} (${columns}, ${pieceNames.join(", ")}) ${given("NEW.rows", "NEW.deletes", "NEW.rejects")}, ${pieceNames.map((piece) => `NEW.${piece}`).join(", ")}
    FROM tmp_replication_tables t WHERE t.name = ${into};
END`
}

/** Statements after which nothing feeds a replica. A view or trigger of others must not mean what is dropped. */
export const dropFeeds = (into: string): ReadonlyArray<string> =>
  (["live", "next"] as const).map((which) => `DROP TRIGGER IF EXISTS ${identifier(feedName({ into, which }))}`)
