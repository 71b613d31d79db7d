import type { Kind, Kinds } from "./Tables.ts"
import { type Without, without } from "./Without.ts"

/** What differs between databases that speak SQL. */
export interface Dialect {
  readonly quote: (name: string) => string
  /** A value as SQL: the canonical text of a kind, or a text that the database takes for the column's type. */
  readonly literal: (value: string, kind: Kind | undefined) => string
  readonly kinds: Kinds
  /** Makes a text column, named as SQL in a table named so, one of half the length. */
  readonly shorten: ((table: string, column: string) => string) | Without
}

const doubled = (text: string, quote: string): string => `${quote}${text.replaceAll(quote, quote + quote)}${quote}`

/** PostgreSQL. */
export const postgresDialect: Dialect = {
  quote: (name) => doubled(name, '"'),
  literal: (value, kind) => (kind === "binary" ? `'\\x${value}'` : doubled(value, "'")),
  kinds: {
    integer: { declared: "bigint", becomes: "integer" },
    decimal: { declared: "numeric(30,10)", becomes: "decimal" },
    real: { declared: "double precision", becomes: "real" },
    boolean: { declared: "boolean", becomes: "boolean" },
    text: { declared: "varchar(100)", becomes: "text" },
    longText: { declared: "text", becomes: "text" },
    uuid: { declared: "uuid", becomes: "text" },
    binary: { declared: "bytea", becomes: "blob" },
    date: { declared: "date", becomes: "date" },
    timestamp: { declared: "timestamp", becomes: "timestamp" },
    timestamptz: { declared: "timestamptz", becomes: "timestamptz" },
  },
  shorten: (table, column) => `ALTER TABLE ${table} ALTER ${column} TYPE varchar(50)`,
}

/** MySQL and MariaDB; the session that executes must be in UTC, and its sql_mode must know backslashes. */
export const mysqlDialect: Dialect = {
  quote: (name) => doubled(name, "`"),
  literal: (value, kind) => {
    if (kind === "binary") return `x'${value}'`
    if (kind === "boolean") return value
    return doubled((kind === "timestamptz" ? value.replace(/Z$/, "") : value).replaceAll("\\", "\\\\"), "'")
  },
  kinds: {
    integer: { declared: "bigint", becomes: "integer" },
    decimal: { declared: "decimal(30,10)", becomes: "decimal" },
    real: { declared: "double", becomes: "real" },
    boolean: { declared: "bit(1)", becomes: "boolean" },
    text: { declared: "varchar(100) CHARACTER SET utf8mb4", becomes: "text" },
    longText: { declared: "longtext CHARACTER SET utf8mb4", becomes: "text" },
    uuid: { declared: "char(36) CHARACTER SET ascii", becomes: "text" },
    binary: { declared: "varbinary(100)", becomes: "blob" },
    date: { declared: "date", becomes: "date" },
    timestamp: { declared: "datetime(6)", becomes: "timestamp" },
    timestamptz: { declared: "timestamp(6)", becomes: "timestamptz" },
  },
  shorten: (table, column) => `ALTER TABLE ${table} MODIFY ${column} varchar(50) CHARACTER SET utf8mb4 NOT NULL`,
}

/** SQLite, which has no types for times: their canonical text is stored as it is. */
export const sqliteDialect: Dialect = {
  quote: (name) => doubled(name, '"'),
  literal: (value, kind) => {
    if (kind === "binary") return `x'${value}'`
    return kind === "integer" || kind === "real" || kind === "boolean" ? value : doubled(value, "'")
  },
  kinds: {
    integer: { declared: "INTEGER", becomes: "integer" },
    decimal: without("SQLite has no exact decimals"),
    real: { declared: "REAL", becomes: "real" },
    boolean: without("SQLite has no booleans"),
    text: { declared: "TEXT", becomes: "text" },
    longText: { declared: "TEXT", becomes: "text" },
    uuid: { declared: "TEXT", becomes: "text" },
    binary: { declared: "BLOB", becomes: "blob" },
    date: { declared: "TEXT", becomes: "text" },
    timestamp: { declared: "TEXT", becomes: "text" },
    timestamptz: { declared: "TEXT", becomes: "text" },
  },
  shorten: without("SQLite changes no column's type"),
}
