import type { ColumnType } from "@starbase-replication/core/source"

/**
 * What a column becomes by its declared type, which in SQLite is any text. The rules of SQLite's affinity hold, in their
 * order, but for BOOLEAN, which to SQLite is a number like any other.
 */
export const columnType = (declared: string): ColumnType => {
  const name = declared.toUpperCase()
  if (/^BOOL(?:EAN)?$/.test(name.trim())) return "boolean"
  if (name.includes("INT")) return "integer"
  if (/CHAR|CLOB|TEXT/.test(name)) return "text"
  if (name.includes("BLOB")) return "blob"
  if (/REAL|FLOA|DOUB/.test(name)) return "real"
  return "text"
}

/**
 * Whether a column may hold numbers and texts alike: it has no declared type, ANY, or one that SQLite does not know, such
 * as DECIMAL or DATETIME. Its values are printed.
 */
export const isMixed = (declared: string): boolean =>
  columnType(declared) === "text" && !/CHAR|CLOB|TEXT/.test(declared.toUpperCase())
