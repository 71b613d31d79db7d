import type { Column, TableName, TableSchema } from "@starbase-replication/core/source"
import { type Dialect, type Operand, quoteWith } from "@starbase-replication/sql-source"
import { makeDigests } from "./digests.ts"
import { comparison, literal, subject } from "./literals.ts"
import { bareType } from "./types.ts"

/** A name as SQL. */
export const quote = quoteWith("`")

/**
 * An answer that changes, for a pooler that keeps answers, Hyperdrive first of all: it looks for functions such as this
 * one in the text. The server evaluates it once.
 */
export const uncached = "LAST_INSERT_ID() IS NOT NULL"

export const tableName = ({ schema, name }: TableName): string =>
  [schema, name].flatMap((part) => (part === undefined ? [] : quote(part))).join(".")

const doubles: ReadonlySet<string> = new Set(["float", "double"])

// A FLOAT prints six digits unless it is made a double.
const select = ({ sql, sourceType }: Operand): string => (doubles.has(bareType(sourceType)) ? `${sql} * 1e0` : sql)

/** Values are written out: the protocol's parameters would need a round trip more. */
export const dialect: Dialect = {
  quote,
  always: [uncached],
  select,
  digests: makeDigests(select),
  weigh: (columns) => columns.map(({ sql }) => `IFNULL(LENGTH(${sql}),0)`).join(" + "),
  bound: literal,
  compare: (column, op, value) => comparison(column.sql, column, op, value),
  oneOf: (column, values) =>
    values.length === 0
      ? "FALSE"
      : `${subject(column.sql, column)} IN (${values.map((value) => literal(column, value)).join(", ")})`,
  // They would say it shorter, but read no index.
  rowValues: false,
  // MariaDB does not sort its UUIDs by their bytes.
  keyNumber: ({ sql, type }) => (type === "integer" ? `CAST(${sql} AS SIGNED)` : undefined),
  printNumber: (expression) => expression,
}

/** Reads no row: the answer's description of the columns is all that is wanted. */
export const describeStatement = ({ name }: TableSchema, columns: ReadonlyArray<Column>): string =>
  `SELECT ${columns.map((column) => `t.${quote(column.name)}`).join(", ")} FROM ${tableName(name)} AS t WHERE ${uncached} LIMIT 0`

/**
 * How long a statement may wait for a table that somebody holds, in whole seconds, of which MySQL knows none below 1: what
 * holds one so long, such as ALTER TABLE or LOCK TABLES, must not have other tables wait, too.
 */
const lockWait = (statementTimeout: number): number => Math.min(3, Math.max(1, Math.floor(statementTimeout / 1000)))

/**
 * Pins all that the printed form, the order and the number of values depend on, and the time a statement may take.
 * MariaDB alone reads what stands in the first kind of comment, MySQL alone what stands in the second. DEFAULT would be
 * the server's own setting.
 */
export const pinStatement = (statementTimeout: number): string =>
  `SET /*M!100100 max_statement_time = ${statementTimeout / 1000}, */` +
  ` /*M!100318 in_predicate_conversion_threshold = 0, */` +
  ` /*!50708 max_execution_time = ${statementTimeout}, */` +
  ` lock_wait_timeout = ${lockWait(statementTimeout)}, time_zone = '+00:00', sql_mode = '', sql_select_limit = 18446744073709551615, max_sort_length = 65536,` +
  ` sql_auto_is_null = 0, sql_big_selects = 1, autocommit = 1,` +
  ` character_set_client = utf8mb4, character_set_results = utf8mb4, collation_connection = utf8mb4_general_ci`

/** Asks how many bytes a statement may have. */
export const packetStatement = `SELECT @@max_allowed_packet FROM DUAL WHERE ${uncached}`

/** Reads no row, and fails as reading the table would. */
export const probeStatement = (name: TableName): string =>
  `SELECT 1 FROM ${tableName(name)} AS t WHERE ${uncached} LIMIT 0`

/** Lets a session only read, and only what was committed. */
export const readOnlyStatement = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"
