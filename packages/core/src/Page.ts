import type { Row, Value } from "./Table.ts"

/** A bounded run of rows in the order that was asked for. */
export interface Page {
  readonly rows: ReadonlyArray<Row>
  /**
   * True only where the source is sure that nothing followed the last row when it was read. A short page is no proof:
   * a source behind a page cap says true on an empty page alone.
   */
  readonly done: boolean
  /** About how many bytes the values have, for the budget and the size of the next page. */
  readonly bytes: number
}

/** A condition that rows must meet; all conditions of a read hold together, and NULL meets none but `isNull`. */
export type Filter =
  | {
      readonly column: string
      readonly op: "eq" | "neq" | "lt" | "lte" | "gt" | "gte"
      readonly value: NonNullable<Value>
    }
  | { readonly column: string; readonly op: "in"; readonly values: ReadonlyArray<NonNullable<Value>> }
  | { readonly column: string; readonly op: "isNull" | "isNotNull" }
