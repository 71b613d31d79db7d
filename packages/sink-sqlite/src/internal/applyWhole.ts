import { leaseLost } from "./errors.ts"
import { pieceNames, rowOfPieces } from "./pieces.ts"
import { identifier, literal } from "./quote.ts"
import type { Target } from "./replicaTable.ts"
import { each, fromJson, textAt } from "./rowJson.ts"
import type { Plan } from "@starbase-replication/core/sink"

/** How many rows the replica that is built has, by the position that is stored, or by a new one. */
const placeIn = (position: string): string => `coalesce(CAST(${position}->>'$.after[0]' AS INTEGER), 0)`

/**
 * The trigger of the apply of a table without a key. Nothing tells its rows apart, so that each is added. They are so only
 * where the position that comes with them is as far ahead of the stored one as they are many: a statement that is run twice
 * adds nothing the second time. Only a replica that is built anew is given any.
 */
export const wholeTrigger = (plan: Plan, target: Target): string => {
  const name = identifier(target.view)
  const into = literal(plan.into)
  const names = plan.columns.map((column) => identifier(column.name))
  const values = plan.columns.map((column, index) => fromJson(column, index))
  const pieces = pieceNames.map((piece) => `NEW.${piece}`)
  const stored = placeIn(`(SELECT ${target.position} FROM tmp_replication_tables WHERE name = ${into})`)
  const brought = `coalesce(json_array_length(NEW.rows), 0) + (${pieces[0]} IS NOT NULL)`
  return `CREATE TRIGGER ${name} INSTEAD OF INSERT ON ${name} BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = ${into} AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO ${identifier(target.table)} (${names.join(", ")})
    SELECT ${values.join(", ")} FROM ${each("NEW.rows")} WHERE ${stored} + ${brought} = ${placeIn("NEW.position")}
    UNION ALL SELECT * FROM (${rowOfPieces(plan, pieces)}) WHERE ${stored} + ${brought} = ${placeIn("NEW.position")};
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = CASE WHEN NEW.reconciliation IS NULL THEN reconciliation
      WHEN NEW.reconciliation NOT IN ('complete', 'forgotten') THEN NEW.reconciliation END,
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), ${target.position} = coalesce(NEW.position, ${target.position})
    WHERE name = ${into} AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND ${target.position} IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT ${into}, ${[0, 1, 2].map((at) => textAt(at)).join(", ")}, CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at;
END`
}
