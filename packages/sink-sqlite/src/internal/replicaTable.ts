import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core"
import { identifier, literal } from "./quote.ts"

/** What the sink raises, inside SQLite, where a run no longer holds its table. */
export const leaseLost = "tmp_replication: lease-lost"

const sqlType = (column: PlanColumn): string => {
  switch (replicaType(column)) {
    case "integer":
    case "boolean":
      return "INTEGER"
    case "real":
      return "REAL"
    case "blob":
      return "BLOB"
    case "unsigned":
      // No affinity: INTEGER's would turn what is above int64 into a rounded REAL.
      return ""
    default:
      return "TEXT"
  }
}

/** The expression that turns the text of a row's i-th JSON value into what the column stores. */
const fromJson = (column: PlanColumn, index: number): string => {
  const text = `value->>${index}`
  switch (replicaType(column)) {
    case "blob":
      return `unhex(${text})`
    case "unsigned":
      return `iif(length(${text}) < 19 OR (length(${text}) = 19 AND ${text} <= '9223372036854775807'), CAST(${text} AS INTEGER), ${text})`
    default:
      return text
  }
}

/** The names and SQL types of the replica table, in the order of the plan's columns. */
export const replicaColumns = (plan: Plan): ReadonlyArray<{ readonly name: string; readonly type: string }> =>
  plan.columns.map((column) => ({ name: column.name, type: sqlType(column) }))

/** A single integer key is the table's rowid; any other key orders the table itself, so that a row costs one write. */
export const createReplica = (plan: Plan): string => {
  const columns = replicaColumns(plan)
  const isRowid = plan.key.length === 1 && columns.some(({ name, type }) => name === plan.key[0] && type === "INTEGER")
  const lines = columns.map(({ name, type }) =>
    `${identifier(name)} ${type}${isRowid && name === plan.key[0] ? " PRIMARY KEY" : ""}`.trimEnd(),
  )
  if (!isRowid) lines.push(`PRIMARY KEY (${plan.key.map(identifier).join(", ")})`)
  return `CREATE TABLE IF NOT EXISTS ${identifier(plan.into)} (\n  ${lines.join(",\n  ")}\n)${isRowid ? "" : " WITHOUT ROWID"}`
}

/** A statement that changes nothing and fails where the table lacks a column, or a unique constraint over the key. */
export const probeReplica = (plan: Plan): string =>
  `INSERT INTO ${identifier(plan.into)} (${plan.columns.map(({ name }) => identifier(name)).join(", ")}) ` +
  `SELECT ${plan.columns.map(() => "NULL").join(", ")} WHERE false ` +
  `ON CONFLICT (${plan.key.map(identifier).join(", ")}) DO NOTHING`

/** The name of the view through which a table's pages are applied; its trigger has the same name. */
export const applyName = (into: string): string => `tmp_replication_apply_${into}`

/**
 * The apply in one statement: a view whose INSTEAD OF trigger checks the lease, upserts the rows where a value differs,
 * saves the position and keeps the rows that were set aside. A Durable Object reached over RPC offers no transaction,
 * but one statement is atomic, and an error anywhere in it undoes all of it.
 *
 * The state row is written only where something changed, so that a page of unchanged rows bills no write; `changes()`
 * is that of the upsert before it.
 */
export const createApply = (plan: Plan): { readonly view: string; readonly trigger: string } => {
  const name = identifier(applyName(plan.into))
  const into = literal(plan.into)
  const names = plan.columns.map((column) => identifier(column.name))
  const values = plan.columns.map(fromJson)
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const others = names.filter((_, index) => !keyAt.includes(index))
  const rows = "json_each(NEW.rows || coalesce(NEW.more, ''))"
  const upsert =
    others.length === 0
      ? "NOTHING"
      : `UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(", ")}
    WHERE (${others.map((column) => `t.${column}`).join(", ")}) IS NOT (${others.map((column) => `excluded.${column}`).join(", ")})`
  return {
    view: `CREATE VIEW IF NOT EXISTS ${name} AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS position, NULL AS save`,
    trigger: `CREATE TRIGGER ${name} INSTEAD OF INSERT ON ${name} BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = ${into} AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO ${identifier(plan.into)} AS t (${names.join(", ")})
    SELECT ${values.join(", ")} FROM ${rows} WHERE true
    ON CONFLICT (${plan.key.map(identifier).join(", ")}) DO ${upsert};
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), position = NEW.position
    WHERE name = ${into} AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR (NEW.save = '1' AND position IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM tmp_replication_rejects WHERE name = ${into}
    AND +key IN (SELECT json_array(${keyAt.map((index) => `value->>${index}`).join(", ")}) FROM ${rows});
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT ${into}, value->>0, value->>1, value->>2, CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END`,
  }
}

/** Applies a batch and gives the rows written so far by the run, or NULL where it has written nothing yet. */
export const applyStatement = (into: string): string =>
  `INSERT INTO ${identifier(applyName(into))} (token, previous, now, until, rows, more, rejects, position, save) ` +
  `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ` +
  `RETURNING (SELECT written FROM tmp_replication_tables WHERE name = ${literal(into)} AND lease = token)`
