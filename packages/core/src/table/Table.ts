/**
 * Tables as a source describes them, and the logical types their values have on the way.
 */

/**
 * How a column's canonical text is to be read, and so how a sink stores it.
 *
 * | type | canonical text | in SQLite |
 * |---|---|---|
 * | `integer` | decimal digits, within int64 | INTEGER |
 * | `unsigned` | decimal digits, 0 to 2^64-1 | INTEGER, above int64 TEXT |
 * | `real` | the shortest decimal that reads back the same double; `NaN`, `Infinity`, `-Infinity` | REAL, the three words TEXT |
 * | `boolean` | `0` or `1` | INTEGER |
 * | `blob` | lower-case hexadecimal, two digits a byte | BLOB |
 * | `decimal` | decimal, every digit kept | TEXT |
 * | `json` | JSON text as the source keeps it | TEXT |
 * | `date` | `YYYY-MM-DD` | TEXT |
 * | `time` | `HH:MM:SS.ffffff` | TEXT |
 * | `timestamp` | `YYYY-MM-DDTHH:MM:SS.ffffff`, no zone | TEXT |
 * | `timestamptz` | `YYYY-MM-DDTHH:MM:SS.ffffffZ`, UTC | TEXT |
 * | `text` | anything else, as the source prints it | TEXT |
 *
 * Dates and times outside these forms (infinity, BC, MySQL's zero dates) stay as the source prints them.
 */
export type ColumnType =
  | "integer"
  | "unsigned"
  | "real"
  | "boolean"
  | "blob"
  | "decimal"
  | "json"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "text"

/**
 * One value on its way: its canonical text as {@link ColumnType} defines it, or null. A text with half of a surrogate pair in
 * it is none that anybody can store: a source gives one for a value that it cannot read as text, and a sink sets the row
 * aside.
 */
export type Value = string | null

/** One row, its values in the order of the columns that were asked for. */
export type Row = ReadonlyArray<Value>

/** A column as the source declares it. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  /** The source's own name of the type, for messages and for the source's own casts. */
  readonly sourceType: string
  readonly nullable: boolean
  /**
   * All else that decides what the column's values are and how they compare, in a form of the source's own: its identity,
   * which a column that was dropped and added again has not, collation, labels of an enum, the expression of a generated
   * column. Another text or another `sourceType` is drift. A source that cannot tell leaves it out, and then the names and
   * {@link ColumnType}s of columns are all that is compared.
   */
  readonly shape?: string
}

/** A table's name at its source; without a schema the source's default one is meant. */
export interface TableName {
  readonly schema?: string
  readonly name: string
}

/** What a source knows about one table or view. */
export interface TableSchema {
  /** Always with its schema, where the source has schemas. */
  readonly name: TableName
  readonly kind: "table" | "view"
  readonly columns: ReadonlyArray<Column>
  /**
   * The columns that tell rows apart: the primary key, else a unique index over columns that are never NULL, else empty.
   */
  readonly key: ReadonlyArray<string>
  /**
   * Of a table without such a key: the columns of a unique index of which some may be NULL. It tells rows apart in which
   * none of them is.
   */
  readonly nullableKey?: ReadonlyArray<string>
  /** Of a table without a key: the statement that would give it one. */
  readonly addKey?: string
  /**
   * What makes it this table and no other of its name, in a form of the source's own; of a view also what defines it. Another
   * text is drift. A source that cannot tell leaves it out.
   */
  readonly identity?: string
  /**
   * Whose rows these are, where the source gives each who asks no others than its own. What a replica holds of another's, nobody may
   * read any more.
   */
  readonly owner?: string
  /**
   * What holds its rows, the table itself or its partitions, each in a form of the source's own, where every row tells which
   * transaction wrote it (see `ReadRequest.since`). A part that was not there before holds rows that may have been written
   * at any time. Without it, rows do not tell.
   */
  readonly parts?: ReadonlyArray<string>
  /** Why there are no `parts`, where the source could have them: the second half of a sentence about the table. */
  readonly untold?: string
}

const quoted = (part: string): string => (/^[^\s".*]+$/u.test(part) ? part : `"${part.replaceAll('"', '""')}"`)

/** The name as a config document writes it: `schema.table`, a part in double quotes where it needs them. */
export const formatTableName = (table: TableName): string =>
  table.schema === undefined ? quoted(table.name) : `${quoted(table.schema)}.${quoted(table.name)}`

/**
 * Reads `table`, `schema.table` or either part in double quotes (`"we""ird"`); letters keep their case.
 * Undefined where the text is no such name. `schema.*` reads as a name of `*`, which {@link isWildcard} tells
 * from the quoted `"*"` by the text.
 */
export const parseTableName = (text: string): TableName | undefined => {
  const match = /^(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)$/u.exec(text)
  if (match === null) return undefined
  const unquote = (part: string) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part)
  const name = unquote(match[2] ?? "")
  return match[1] === undefined ? { name } : { schema: unquote(match[1]), name }
}

/** Whether a config's table text means all tables of a schema (`public.*`, or `*` for the default schema). */
export const isWildcard = (text: string): boolean => /(?:^|\.)\*$/u.test(text)

/** SQLite folds the case of ASCII letters alone when it compares names. */
export const foldCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

/** A name for a column of a key that a table is to be given, which none of its columns has. */
export const freeName = (columns: ReadonlyArray<string>): string => {
  const taken = new Set(columns.map(foldCase))
  for (let place = 1; ; place++) {
    const name = place === 1 ? "id" : `id_${place}`
    if (!taken.has(name)) return name
  }
}
