import type { Column, ReadRequest, Since, TableSchema } from "@starbase-replication/core/source"

/** A statement with its parameters; a dialect that writes its values out has none. */
export interface Statement<Param = string> {
  readonly text: string
  readonly values: ReadonlyArray<Param>
}

/** How two values of a column compare. */
export type Operator = "eq" | "neq" | "lt" | "lte" | "gt" | "gte"

export const operators = { eq: "=", neq: "<>", lt: "<", lte: "<=", gt: ">", gte: ">=" } as const

/** A column as it stands in a statement: `sql` is its quoted name behind the table's. */
export interface Operand extends Column {
  readonly sql: string
}

/** A column of a key as it is compared in the order of `compareKeys`. */
export interface Rank {
  /** The column as it is compared. */
  readonly sql: string
  /** Compares what {@link sql} gives, by whatever name, with a value. */
  readonly compare: (sql: string, op: Operator, value: string) => string
  /** Whether an index of the column serves the comparison. */
  readonly isIndexed: boolean
  /** The number of bounds that what {@link sql} gives exceeds, where that can be said in short. */
  readonly countBelow?: (sql: string, bounds: ReadonlyArray<string>) => string
}

/** How a database hashes rows and combines hashes, for `SourceShape.digest`. */
export interface Digests {
  /**
   * A hash of columns as they are read, as a blob of 8 bytes. NULL and an empty text, and values that only part at another
   * place, must not be taken for the same. Of a row that cannot be hashed it is NULL, or always another one.
   */
  readonly hash: (columns: ReadonlyArray<Operand>) => string
  /** The same hash in the form that {@link combine} takes. */
  readonly summand: (columns: ReadonlyArray<Operand>) => string
  /** An aggregate: the XOR of hashes, as a blob of 8 bytes. */
  readonly combine: (summand: string) => string
  /** An aggregate: the sum of hashes as numbers, in digits; NULL where a row has none. */
  readonly total: (summand: string) => string
  /** A column of a key in the order of `compareKeys`; undefined for a type of which it is not known. */
  readonly rank: (column: Operand) => Rank | undefined
}

/** Makes a value a parameter of the statement, and gives what stands for it in the text. */
export type Bind<Param = string> = (value: Param) => string

/** The parts of a page's statement, each but the columns with its keyword and a space before it. */
export interface PageParts {
  readonly columns: string
  readonly from: string
  readonly by: string
}

/** What differs between databases that speak SQL. Statements name the table `t`. */
export interface Dialect<Param = string> {
  /** A name as SQL: see {@link quoteWith}. */
  readonly quote: (name: string) => string
  /** A parameter by its place, from 1; `?` without it. */
  readonly parameter?: (place: number) => string
  /** Conditions of every statement, such as one that keeps a pooler from answering out of its cache. */
  readonly always: ReadonlyArray<string>
  /** A column as it is read. */
  readonly select: (column: Operand, place: number) => string
  /** What a column is compared with: a value in canonical text as one of the column's type, so that its index holds. */
  readonly bound: (column: Operand, value: string, bind: Bind<Param>) => string
  /** A column as it is compared; its `sql` without it. */
  readonly compared?: (column: Operand) => string
  /** The operator that compares columns, where its mere name might mean another one. */
  readonly operator?: (columns: ReadonlyArray<Operand>, op: Operator) => string
  /** Where not the operators alone tell the order that ORDER BY has. */
  readonly compare?: (column: Operand, op: Operator, value: string, bind: Bind<Param>) => string
  /** Where one parameter can hold many values; a list without it. */
  readonly oneOf?: (column: Operand, values: ReadonlyArray<string>, bind: Bind<Param>) => string
  /** The same for keys of several columns; comparisons joined by OR without it. */
  readonly keyed?: (
    key: ReadonlyArray<Operand>,
    keys: ReadonlyArray<ReadonlyArray<string>>,
    bind: Bind<Param>,
  ) => string
  /** Whether the database reads an index by `(a, b) > (1, 2)`; else the comparison is written out. */
  readonly rowValues: boolean
  /** The number of a key's column, as `KeySummary` says; undefined for a type whose keys are not summed up. */
  readonly keyNumber: (column: Operand) => string | undefined
  /** A number of a summary as it is read, every digit of it. */
  readonly printNumber: (expression: string, place: number) => string
  /** About how many bytes the values of some columns have; without it nobody can say before they are read. */
  readonly weigh?: (columns: ReadonlyArray<Operand>) => string
  /** What holds of the rows that were written since, where a table has `parts`. */
  readonly since?: (since: Since, table: TableSchema, bind: Bind<Param>) => string
  /** How rows are digested by ranges of their keys; without it they are not. */
  readonly digests?: Digests
  /**
   * What counts a column's values by ranges, given the bounds: the place of a value's range, and what holds of the rows that
   * were written before. Undefined for a type whose order is none that both sides know.
   */
  readonly place?: (column: Operand, bounds: ReadonlyArray<string>, bind: Bind<Param>) => string | undefined
  /** Makes a FROM clause find its rows before they are put in order, where few are expected of a whole table. */
  readonly apart?: (from: string) => string
  /** How a page is read, where more than LIMIT bounds it. */
  readonly page?: (request: ReadRequest, parts: PageParts) => string
  /** What is put around a statement that reads columns, where {@link select} is not all. */
  readonly around?: (columns: ReadonlyArray<Column>, statement: string) => string
}

/** Quotes names with a mark, which is doubled where a name holds it: `"` in standard SQL. */
export const quoteWith =
  (mark: string) =>
  (name: string): string =>
    `${mark}${name.replaceAll(mark, mark + mark)}${mark}`
