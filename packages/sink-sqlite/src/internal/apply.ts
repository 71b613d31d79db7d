import { wholeTrigger } from "./applyWhole.ts"
import { leaseLost } from "./errors.ts"
import { keyOfPieces, pieceNames, rowOfPieces } from "./pieces.ts"
import { identifier, literal } from "./quote.ts"
import type { Target } from "./replicaTable.ts"
import { each, fromJson, keyMatches, textAt } from "./rowJson.ts"
import { inReplica, type Plan } from "@starbase-replication/core/sink"

/**
 * The apply in one statement: a view whose INSTEAD OF trigger checks the lease, upserts the rows where a value differs,
 * saves the position and what is known of ranges, and keeps the rows that were set aside. A Durable Object reached over
 * RPC offers no transaction, but one statement is atomic, and an error anywhere in it undoes all of it.
 *
 * The state row is written only where something changed, so that a page of unchanged rows bills no write; `changes()`
 * is that of the upsert before it. A part of a batch has no position but for the last one, and leaves it as it is.
 */
export const createApply = (asked: Plan, target: Target): { readonly view: string; readonly trigger: string } => {
  const plan = inReplica(asked)
  const name = identifier(target.view)
  const view = createView(name)
  if (plan.whole !== undefined) return { view, trigger: wholeTrigger(plan, target) }
  const into = literal(plan.into)
  const names = plan.columns.map((column) => identifier(column.name))
  const values = plan.columns.map((column, index) => fromJson(column, index))
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const others = names.filter((_, index) => !keyAt.includes(index))
  const rows = each("NEW.rows")
  const pieces = pieceNames.map((piece) => `NEW.${piece}`)
  const upsert =
    others.length === 0
      ? "NOTHING"
      : `UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(", ")}
    WHERE (${others.map((column) => `${identifier(target.table)}.${column}`).join(", ")}) IS NOT (${others.map((column) => `excluded.${column}`).join(", ")})`
  return {
    view,
    trigger: `CREATE TRIGGER ${name} INSTEAD OF INSERT ON ${name} BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = ${into} AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO ${identifier(target.table)} (${names.join(", ")})
    SELECT ${values.join(", ")} FROM ${rows}
    UNION ALL SELECT * FROM (${rowOfPieces(plan, pieces)}) WHERE true
    ON CONFLICT (${plan.key.map(identifier).join(", ")}) DO ${upsert};
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = CASE WHEN NEW.reconciliation IS NULL THEN reconciliation
      WHEN NEW.reconciliation NOT IN ('complete', 'forgotten') THEN NEW.reconciliation END,
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), ${target.position} = coalesce(NEW.position, ${target.position})
    WHERE name = ${into} AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR NEW.ranges <> 'kept' OR (NEW.save = '1' AND ${target.position} IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  INSERT INTO tmp_replication_ranges (name, ranges) SELECT ${into}, NEW.touched WHERE NEW.touched IS NOT NULL AND changes() > 0
    ON CONFLICT (name) DO UPDATE SET ranges = excluded.ranges;
  DELETE FROM ${identifier(target.table)} WHERE ${keyMatches(plan)};
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = ${into} AND changes() > 0;
  DELETE FROM tmp_replication_ranges WHERE name = ${into} AND NEW.ranges IS NULL AND NEW.touched IS NULL
    AND coalesce(NEW.rows, NEW.deletes, ${pieces[0]}) IS NOT NULL;
  INSERT INTO tmp_replication_ranges (name, ranges) SELECT ${into}, NEW.ranges WHERE NEW.ranges <> 'kept'
    ON CONFLICT (name) DO UPDATE SET ranges = excluded.ranges;
  DELETE FROM tmp_replication_suspects WHERE name = ${into} AND (
    NEW.reconciliation IN ('complete', 'forgotten') OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT ${into}, value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = ${into}
    AND +key IN (SELECT json_array(${keyAt.map((at) => textAt(at)).join(", ")}) FROM ${rows}
      UNION ALL ${keyOfPieces(keyAt, pieces)}
      UNION ALL SELECT json_array(${keyAt.map((_, at) => textAt(at)).join(", ")}) FROM ${each("NEW.deletes")});
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT ${into}, ${[0, 1, 2].map((at) => textAt(at)).join(", ")}, CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END`,
  }
}

const createView = (name: string): string =>
  `CREATE VIEW IF NOT EXISTS ${name} AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, ${pieceNames.map((piece) => `NULL AS ${piece}`).join(", ")}, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS ranges, NULL AS touched, NULL AS position, NULL AS save`

/**
 * Applies a batch and gives the rows written and deleted so far by the run, no row or NULL where it has changed nothing
 * yet.
 */
export const applyStatement = (into: string, { view }: Target): string => {
  const counted = (column: string) =>
    `(SELECT ${column} FROM tmp_replication_tables WHERE name = ${literal(into)} AND lease = token)`
  return (
    `INSERT INTO ${identifier(view)} ` +
    `(token, previous, now, until, rejects, deletes, suspects, cleared, reconciliation, ranges, touched, position, save, rows, ${pieceNames.join(", ")}) ` +
    `VALUES (${[...Array.from({ length: 14 }), ...pieceNames].map(() => "?").join(", ")}) RETURNING ${counted("written")}, ${counted("deleted")}`
  )
}
