import type { Value } from "./Table.ts"

/** A condition that rows must meet; all conditions of a read hold together, and NULL meets none but `isNull`. */
export type Filter =
  | {
      readonly column: string
      readonly op: "eq" | "neq" | "lt" | "lte" | "gt" | "gte"
      readonly value: NonNullable<Value>
    }
  | { readonly column: string; readonly op: "in"; readonly values: ReadonlyArray<NonNullable<Value>> }
  | { readonly column: string; readonly op: "isNull" | "isNotNull" }
