import type { ColumnType, TableName, Value } from "@starbase-replication/core/source"
import type { Without } from "./Without.ts"

/**
 * What the kit's own tables are made of:
 *
 * - `integer`: all of int64.
 * - `decimal`: 20 digits before the point and 10 after it.
 * - `real`: a double.
 * - `text`: up to 100 characters of Unicode, able to be a key.
 * - `longText`: a megabyte of Unicode.
 * - `uuid`: in lower case, in the order of its text.
 * - `binary`: up to 100 bytes, able to be a key.
 * - `timestamp`, `timestamptz`: with microseconds, the latter within 1970 and 2037.
 */
export type Kind =
  | "integer"
  | "decimal"
  | "real"
  | "boolean"
  | "text"
  | "longText"
  | "uuid"
  | "binary"
  | "date"
  | "timestamp"
  | "timestamptz"

/** How a source declares a kind. */
export interface KindType {
  /** The type as `CREATE TABLE` takes it. */
  readonly declared: string
  /** What the connector must make of it. */
  readonly becomes: ColumnType
}

/** How a source declares each kind. Integers and texts there must be, and a type that can hold a time. */
export type Kinds = { readonly [K in Kind]: KindType | Without } & {
  readonly integer: KindType
  readonly text: KindType
  readonly longText: KindType
  readonly timestamptz: KindType
}

/** A column to make: of a kind, or of a type that the source alone knows. NOT NULL, unless it is nullable. */
export interface NewColumn {
  readonly name: string
  readonly type: Kind | { readonly declared: string }
  readonly nullable?: boolean
}

/** A table to make. */
export interface NewTable {
  readonly name: string
  readonly columns: ReadonlyArray<NewColumn>
  /** The primary key, in its order; none without it. */
  readonly key?: ReadonlyArray<string>
  /** The columns of a unique index. */
  readonly unique?: ReadonlyArray<string>
}

/** An expression in the source's own language. */
export interface Expression {
  readonly expression: string
}

/**
 * A value to store: in a column of a {@link Kind} its canonical text, in another one a text that the source takes for its
 * type, or an expression.
 */
export type Given = Value | Expression

/** How the kit makes, fills, changes and drops tables at a source, as somebody who may. Each rejects where it fails. */
export interface Tables {
  /** The schema in which the tables are made, as the source names it; undefined where it has no schemas. */
  readonly schema: string | undefined
  readonly kinds: Kinds
  readonly create: (table: NewTable) => Promise<void>
  /** Makes a view of all rows and columns of a table. */
  readonly createView: ((name: string, of: NewTable) => Promise<void>) | Without
  /** Whether a unique index over columns that are never NULL serves as a key where there is no primary key. */
  readonly uniqueIndexes: true | Without
  /** Whether the source tells in which order a primary key has its columns. */
  readonly keyOrder: true | Without
  /** Why the source cannot tell which columns may be NULL, but for those of the key; it can without it. */
  readonly nullability?: Without
  /** Makes a column of the kind `text` one of half the length, where the source tells what decides a column's values. */
  readonly shorten: ((table: string, column: string) => Promise<void>) | Without
  readonly insert: (table: NewTable, rows: ReadonlyArray<ReadonlyArray<Given>>) => Promise<void>
  /** Changes the rows in which the table's first column has this value. */
  readonly update: (table: NewTable, first: string, changes: Readonly<Record<string, Value>>) => Promise<void>
  /** Deletes the rows in which the table's first column has this value. */
  readonly delete: (table: NewTable, first: string) => Promise<void>
  /** Drops a table or view, where it is there. */
  readonly drop: (name: string, kind: "table" | "view") => Promise<void>
}

/** A name of a table as the source knows it. */
export const nameIn = ({ schema }: Tables, name: string): TableName =>
  schema === undefined ? { name } : { schema, name }
