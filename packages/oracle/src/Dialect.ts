import type { Rearrangement } from "./History.ts"
import type { CursorKind, KeyKind, Kind, Shape } from "./Shape.ts"

/** A column as it is now, its type in the source's own words. */
export interface Column {
  readonly name: string
  readonly type: string
}

/** A type and values of it as texts; null is NULL. */
export interface ValueKind {
  readonly type: string
  readonly values: ReadonlyArray<string | null>
}

/** A column and what it is set to, as SQL. */
export type Assignment = readonly [name: string, sql: string]

/** In what SQL dialects differ, as far as histories go. */
export interface Dialect {
  readonly kinds: Readonly<Record<Kind, ValueKind>>
  readonly keys: Readonly<Record<KeyKind, string>>
  readonly cursors: Readonly<Record<CursorKind, string>>
  /** What has grown since the last write; the sequence is named like the table, with `_s` behind it. */
  readonly now: (cursor: CursorKind, table: string) => string
  /** Into what a type can be changed. */
  readonly changes: Readonly<Record<string, ReadonlyArray<string>>>
  /** Into what the type of a key of one column can be changed. */
  readonly keyChanges: Readonly<Record<string, string>>
  /** What stands for a key's text that the source cannot be asked for. */
  readonly keyText: (value: string) => string
  readonly text: (value: string) => string
  /** A text as a value of a column's type. */
  readonly cast: (text: string, type: string) => string
  /** The literal of a value of a type. */
  readonly literal: (value: string | null, type: string) => string
  /** A text that is of no key yet, from a number. */
  readonly uuid: (number: number) => string
  readonly concat: (left: string, right: string) => string
  readonly create: (table: string, columns: ReadonlyArray<string>, shape: Shape) => string
  readonly drop: (table: string) => string
  /** The table that is written for a table of a shape to show it. */
  readonly written: (table: string, shape: Shape) => string
  /** Undefined where it has no meaning for tables of a shape. */
  readonly rearrange: (how: Rearrangement, table: string, shape: Shape) => string | undefined
  /** Another text of the same value, where a key's type has more than one. */
  readonly respelled: (key: string, type: string) => string | undefined
  /** A condition that holds for NULL too. */
  readonly isSame: (name: string, sql: string) => string
  /** What follows UPDATE or DELETE to do it to one of the rows that meet a condition. */
  readonly one: (table: string, condition: string) => string
  readonly upsert: (table: string, key: ReadonlyArray<Assignment>, others: ReadonlyArray<Assignment>) => string
  readonly insertDefaults: (table: string) => string
  readonly changeType: (table: string, column: string, type: string) => string
  readonly changeKey: (table: string, order: string) => string
  /** The cell that a column's value must be in the replica, in the source's own words. */
  readonly cell: (column: Column) => string
}
