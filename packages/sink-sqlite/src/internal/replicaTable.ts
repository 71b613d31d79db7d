import { type Plan, type PlanColumn, replicaType } from "@starbase-replication/core"
import { identifier, literal } from "./quote.ts"

/** What the sink raises, inside SQLite, where a run no longer holds its table. */
export const leaseLost = "tmp_replication: lease-lost"

/** The SQL type of a column whose values are of a type. */
export const sqlType = (type: string): string => {
  switch (type) {
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

/** The text of a row's i-th JSON value. Of a number, SQLite would print such a path first, for each value. */
const textAt = (index: number): string => `value->>'$[${index}]'`

/** The expression that turns the text of a row's i-th JSON value into what the column stores. */
const fromJson = (column: PlanColumn, index: number): string => {
  const text = textAt(index)
  switch (replicaType(column)) {
    case "blob":
      return `unhex(${text})`
    case "unsigned":
      return `iif(length(${text}) < 19 OR (length(${text}) = 19 AND ${text} <= '9223372036854775807'), CAST(${text} AS INTEGER), ${text})`
    default:
      return text
  }
}

/**
 * The values of a JSON array, each made once. Without the LIMIT, SQLite would merge this into the statement around it, and
 * print the whole row again for each column that is taken from it.
 */
const each = (json: string): string => `(SELECT value FROM json_each(${json}) LIMIT -1)`

/** The names and SQL types of the replica table, in the order of the plan's columns. */
export const replicaColumns = (plan: Plan): ReadonlyArray<{ readonly name: string; readonly type: string }> =>
  plan.columns.map((column) => ({ name: column.name, type: sqlType(replicaType(column)) }))

/** Where a run's rows go: the table that readers see, or the one that is built to take its place. */
export interface Target {
  readonly table: string
  /** The view through which pages are applied; its trigger has the same name. */
  readonly view: string
  /** The column of the state row that keeps the position. */
  readonly position: "position" | "next_position"
}

export const liveTarget = (into: string): Target => ({
  table: into,
  view: `tmp_replication_apply_${into}`,
  position: "position",
})

export const nextTarget = (into: string): Target => ({
  table: `tmp_replication_next_${into}`,
  // No live table's view begins like this, whatever the table is called.
  view: `tmp_replication_applynext_${into}`,
  position: "next_position",
})

/**
 * Makes the table, with columns of its own for those that the source has dropped. A single integer key is the table's
 * rowid; any other key orders the table itself, so that a row costs one write.
 */
export const createReplica = (
  plan: Plan,
  target: Target,
  dropped: ReadonlyArray<readonly [name: string, type: string]>,
): string => {
  const columns = replicaColumns(plan)
  const isRowid = plan.key.length === 1 && columns.some(({ name, type }) => name === plan.key[0] && type === "INTEGER")
  const lines = [...columns, ...dropped.map(([name, type]) => ({ name, type }))].map(({ name, type }) =>
    `${identifier(name)} ${type}${isRowid && name === plan.key[0] ? " PRIMARY KEY" : ""}`.trimEnd(),
  )
  if (!isRowid) lines.push(`PRIMARY KEY (${plan.key.map(identifier).join(", ")})`)
  return `CREATE TABLE IF NOT EXISTS ${identifier(target.table)} (\n  ${lines.join(",\n  ")}\n)${isRowid ? "" : " WITHOUT ROWID"}`
}

/** A statement that changes nothing and fails where the table lacks a column, or a unique constraint over the key. */
export const probeReplica = (plan: Plan): string =>
  `INSERT INTO ${identifier(plan.into)} (${plan.columns.map(({ name }) => identifier(name)).join(", ")}) ` +
  `SELECT ${plan.columns.map(() => "NULL").join(", ")} WHERE false ` +
  `ON CONFLICT (${plan.key.map(identifier).join(", ")}) DO NOTHING`

/**
 * The apply in one statement: a view whose INSTEAD OF trigger checks the lease, upserts the rows where a value differs,
 * saves the position and keeps the rows that were set aside. A Durable Object reached over RPC offers no transaction,
 * but one statement is atomic, and an error anywhere in it undoes all of it.
 *
 * The state row is written only where something changed, so that a page of unchanged rows bills no write; `changes()`
 * is that of the upsert before it.
 */
export const createApply = (plan: Plan, target: Target): { readonly view: string; readonly trigger: string } => {
  const name = identifier(target.view)
  const into = literal(plan.into)
  const names = plan.columns.map((column) => identifier(column.name))
  const values = plan.columns.map(fromJson)
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const others = names.filter((_, index) => !keyAt.includes(index))
  const rows = each("NEW.rows || coalesce(NEW.more, '')")
  const upsert =
    others.length === 0
      ? "NOTHING"
      : `UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(", ")}
    WHERE (${others.map((column) => `${identifier(target.table)}.${column}`).join(", ")}) IS NOT (${others.map((column) => `excluded.${column}`).join(", ")})`
  return {
    view: `CREATE VIEW IF NOT EXISTS ${name} AS SELECT NULL AS token, NULL AS previous, NULL AS now, NULL AS until, NULL AS rows, NULL AS more, NULL AS rejects, NULL AS deletes, NULL AS suspects, NULL AS cleared, NULL AS reconciliation, NULL AS position, NULL AS save`,
    trigger: `CREATE TRIGGER ${name} INSTEAD OF INSERT ON ${name} BEGIN
  SELECT RAISE(ABORT, ${literal(leaseLost)}) WHERE NOT EXISTS (
    SELECT 1 FROM tmp_replication_tables WHERE name = ${into} AND (
      lease = NEW.token OR (lease = NEW.previous AND lease_until <= CAST(NEW.now AS INTEGER))));
  INSERT INTO ${identifier(target.table)} (${names.join(", ")})
    SELECT ${values.join(", ")} FROM ${rows} WHERE true
    ON CONFLICT (${plan.key.map(identifier).join(", ")}) DO ${upsert};
  UPDATE tmp_replication_tables SET
    written = changes() + iif(lease = NEW.token, written, 0), deleted = iif(lease = NEW.token, deleted, 0),
    reconciliation = iif(NEW.reconciliation IS NULL, reconciliation, nullif(NEW.reconciliation, 'complete')),
    reconciled_at = iif(NEW.reconciliation = 'complete', CAST(NEW.now AS INTEGER), reconciled_at),
    lease = NEW.token, lease_until = CAST(NEW.until AS INTEGER), ${target.position} = NEW.position
    WHERE name = ${into} AND (
      changes() > 0 OR NEW.rejects IS NOT NULL OR NEW.deletes IS NOT NULL OR NEW.reconciliation IS NOT NULL OR (NEW.save = '1' AND ${target.position} IS NOT NEW.position)
      OR (lease = NEW.token AND lease_until - CAST(NEW.now AS INTEGER) < (CAST(NEW.until AS INTEGER) - CAST(NEW.now AS INTEGER)) / 2));
  DELETE FROM ${identifier(target.table)} WHERE ${keyMatches(plan)};
  UPDATE tmp_replication_tables SET deleted = deleted + changes() WHERE name = ${into} AND changes() > 0;
  DELETE FROM tmp_replication_suspects WHERE name = ${into} AND (
    NEW.reconciliation = 'complete' OR NEW.reconciliation->>'suspects' = 0
    OR key IN (SELECT value FROM json_each(NEW.cleared)));
  INSERT OR IGNORE INTO tmp_replication_suspects (name, key) SELECT ${into}, value FROM json_each(NEW.suspects);
  DELETE FROM tmp_replication_rejects WHERE name = ${into}
    AND +key IN (SELECT json_array(${keyAt.map(textAt).join(", ")}) FROM ${rows});
  INSERT INTO tmp_replication_rejects (name, key, column_name, reason, at)
    SELECT ${into}, ${[0, 1, 2].map(textAt).join(", ")}, CAST(NEW.now AS INTEGER) FROM json_each(NEW.rejects) WHERE true
    ON CONFLICT (name, key) DO UPDATE SET column_name = excluded.column_name, reason = excluded.reason, at = excluded.at
    WHERE (column_name, reason) IS NOT (excluded.column_name, excluded.reason);
END`,
  }
}

/** The condition that a row's key is among `NEW.deletes`. */
const keyMatches = (plan: Plan): string => {
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const names = columns.map(({ name }) => identifier(name)).join(", ")
  return `(${names}) IN (SELECT ${columns.map(fromJson).join(", ")} FROM ${each("NEW.deletes")})`
}

/**
 * Applies a batch and gives the rows written and deleted so far by the run, no row or NULL where it has changed nothing
 * yet.
 */
export const applyStatement = (into: string, { view }: Target): string => {
  const counted = (column: string) =>
    `(SELECT ${column} FROM tmp_replication_tables WHERE name = ${literal(into)} AND lease = token)`
  return (
    `INSERT INTO ${identifier(view)} ` +
    `(token, previous, now, until, rows, more, rejects, deletes, suspects, cleared, reconciliation, position, save) ` +
    `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${counted("written")}, ${counted("deleted")}`
  )
}

/**
 * The columns of the key, by name or by what stands for each, as the texts, or for doubles the numbers, from which their
 * canonical form is made.
 */
const keyTexts = (plan: Plan, names: ReadonlyArray<string> = plan.key.map(identifier)): string =>
  plan.key
    .map((key, index) => {
      const column = plan.columns.find((one) => one.name === key)
      const type = column === undefined ? "text" : replicaType(column)
      const name = names[index] ?? ""
      if (type === "blob") return `lower(hex(${name}))`
      return type === "integer" || type === "boolean" || type === "unsigned" ? `CAST(${name} AS TEXT)` : name
    })
    .join(", ")

/** The next keys after one, or from the first, in the replica's order. Its parameters are the key's values and the limit. */
export const keysStatement = (plan: Plan, hasAfter: boolean): string => {
  const names = plan.key.map(identifier).join(", ")
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const bounds = columns.map((column) => bound(column)).join(", ")
  return `SELECT ${keyTexts(plan)} FROM ${identifier(plan.into)}${hasAfter ? ` WHERE (${names}) > (${bounds})` : ""} ORDER BY ${names} LIMIT CAST(? AS INTEGER)`
}

/** A bound parameter as a value of a column's storage class, which decides SQLite's order. */
const bound = (column: PlanColumn): string => {
  switch (replicaType(column)) {
    case "blob":
      return "unhex(?)"
    case "integer":
    case "boolean":
      return "CAST(? AS INTEGER)"
    default:
      return "?"
  }
}

/**
 * A UUID as a number, as `KeySummary` says; SQLite reads hexadecimal digits as JSON5 alone. A text that is none is 0.
 */
const uuidNumber = (name: string): string => {
  const parts = [`'0x' || substr(${name}, 1, 8)`, `'0x' || substr(${name}, 25, 12)`]
  const areValid = parts.map((part) => `json_valid(${part}, 2)`).join(" AND ")
  return `iif(${areValid}, ${parts.map((part) => `((${part}) ->> '$')`).join(" + ")}, 0)`
}

/**
 * Sums up the next keys after one, or from the first, as `KeySummary` says, with the texts of the last one; no row where
 * none follow. Its parameters are the key's values and the limit.
 */
export const summarizeStatement = (plan: Plan, hasAfter: boolean): string => {
  const names = plan.key.map(identifier)
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const bounds = columns.map((column) => bound(column)).join(", ")
  const rests = columns.map(({ name, type }) => {
    const number = type === "integer" ? identifier(name) : uuidNumber(identifier(name))
    return `(${number}) % 2147483647`
  })
  const number = rests.reduce((sofar, rest) => `(((${sofar}) * 31) + ${rest}) % 2147483647`)
  // Qualified, because ORDER BY takes a bare name for an alias first.
  const order = names.map((name) => `t.${name}`).join(", ")
  // A column of a subquery that is called true or false loses its name in SQLite.
  const aliases = names.map((_, index) => `k${index}`)
  return `WITH keys AS (
      SELECT ${names.map((name, index) => `${name} AS k${index}`).join(", ")}, ${number} AS n
      FROM ${identifier(plan.into)} AS t${hasAfter ? ` WHERE (${order}) > (${bounds})` : ""}
      ORDER BY ${order} LIMIT CAST(? AS INTEGER))
    SELECT summary.*, ${keyTexts(plan, aliases)} FROM keys,
      (SELECT count(*), CAST(sum(n) AS TEXT), CAST(sum(n * n % 2147483647) AS TEXT) FROM keys) AS summary
    ORDER BY ${aliases.map((alias) => `${alias} DESC`).join(", ")} LIMIT 1`
}

/**
 * Compares rows given as JSON with the replica's, and gives kind and key of each that differs. Its two parameters are
 * the rows of an apply.
 */
export const compareStatement = (plan: Plan): string => {
  const table = identifier(plan.into)
  const keyAt = plan.key.map((key) => plan.columns.findIndex((column) => column.name === key))
  const names = plan.columns.map((column) => `${table}.${identifier(column.name)}`)
  const given = plan.columns.map((_, index) => `given.c${index}`)
  const matches = keyAt.map((index) => `${names[index]} = ${given[index]}`).join(" AND ")
  const isMissing = `${names[keyAt[0] ?? 0]} IS NULL`
  return `SELECT iif(${isMissing}, 'missing', 'differs'), given.value
    FROM (SELECT value, ${plan.columns.map((column, index) => `${fromJson(column, index)} AS c${index}`).join(", ")}
      FROM ${each("?1 || coalesce(?2, '')")}) AS given
    LEFT JOIN ${table} ON ${matches}
    WHERE ${isMissing} OR (${names.join(", ")}) IS NOT (${given.join(", ")})`
}

/** The ones of the keys, given as a JSON array, that the replica has. */
export const presentStatement = (plan: Plan): string => {
  const columns = plan.key.flatMap((name) => plan.columns.find((column) => column.name === name) ?? [])
  const matches = columns
    .map((column, index) => `${identifier(column.name)} = ${fromJson(column, index)}`)
    .join(" AND ")
  return `SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM ${identifier(plan.into)} WHERE ${matches})`
}
