import type { Statement } from "@starbase-replication/sql-source"

/**
 * Where a statement looks for what it names without a schema: among what the system has, then in the schemas of the types
 * that it compares, and for what others call in it also where its session looks.
 */
export type SearchPath = { readonly added: ReadonlyArray<string>; readonly session: boolean } | "system"

/** What a statement's settings follow from. */
export interface PinOptions {
  /** In milliseconds. */
  readonly statementTimeout: number
  /** Whether a table may be read of which row level security hides rows. */
  readonly rowSecurity: "refuse" | "accept"
  readonly path: SearchPath
  readonly readsMoney: boolean
}

/**
 * How long a statement may wait for a lock, in milliseconds: what holds one so long, such as ALTER TABLE or LOCK TABLE,
 * must not have other tables wait, too.
 */
const mostLockWait = 3000

const set = (name: string, value: string): string => `pg_catalog.set_config('${name}', ${value}, true)`

/** Temporary tables and types come last: without being named they would come first. */
const searchPath = (path: SearchPath, values: Array<string>): string => {
  if (path === "system" || (path.added.length === 0 && !path.session)) return "'pg_catalog, pg_temp'"
  values.push(["pg_catalog", ...path.added].join(", "))
  if (!path.session) return "pg_catalog.concat($1::pg_catalog.text, ', pg_temp')"
  const session = "pg_catalog.current_setting('search_path')"
  const more = `CASE WHEN ${session} OPERATOR(pg_catalog.<>) '' THEN pg_catalog.concat(', ', ${session}) END`
  return `pg_catalog.concat($1::pg_catalog.text, ${more}, ', pg_temp')`
}

/**
 * How many digits of a money are behind the point follows from `lc_monetary` alone. What is a role's own says nothing of
 * how the database's money was written.
 */
const monetary =
  "CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_settings AS s WHERE s.name OPERATOR(pg_catalog.=) 'lc_monetary'" +
  " AND (s.source OPERATOR(pg_catalog.=) 'user' OR s.source OPERATOR(pg_catalog.=) 'database user'))" +
  ` THEN ${set("lc_monetary", "'C'")} END`

/**
 * Pins all that the printed form of values depends on, what names mean, and that the transaction only reads, until the end of
 * the transaction. It is sent before each statement and in the same transaction, because a pooler may give each
 * transaction another session, and refuses settings at the start of one. It is itself read where its session looks for
 * names, so that it names all with their schema.
 */
export const pinStatement = ({ statementTimeout, rowSecurity, path, readsMoney }: PinOptions): Statement => {
  const values: Array<string> = []
  const settings = [
    set("transaction_read_only", "'on'"),
    set("statement_timeout", `'${statementTimeout}'`),
    set("lock_timeout", `'${Math.min(mostLockWait, statementTimeout)}'`),
    set("search_path", searchPath(path, values)),
    set("row_security", rowSecurity === "accept" ? "'on'" : "'off'"),
    set("quote_all_identifiers", "'off'"),
    set("TimeZone", "'UTC'"),
    set("DateStyle", "'ISO, YMD'"),
    set("IntervalStyle", "'postgres'"),
    set("extra_float_digits", "'3'"),
    set("bytea_output", "'hex'"),
    // A database without an encoding would fail the statement for the first value that is no UTF-8.
    "CASE WHEN pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) 'SQL_ASCII'" +
      ` THEN ${set("client_encoding", "'SQL_ASCII'")} END`,
    ...(readsMoney ? [monetary] : []),
    // A server that loses its client stops the statement: PostgreSQL 14 and later can, but not on Windows.
    "CASE WHEN pg_catalog.current_setting('client_connection_check_interval', true) IS NOT NULL" +
      " AND pg_catalog.current_setting('dynamic_shared_memory_type', true) OPERATOR(pg_catalog.<>) 'windows'" +
      ` THEN ${set("client_connection_check_interval", "'1000'")} END`,
  ]
  return { text: `SELECT ${settings.join(", ")}`, values }
}
