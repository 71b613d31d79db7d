import type { Filter } from "../table/Filter.ts"
import type { TableName } from "../table/Table.ts"
import type { Schedule } from "./Schedule.ts"

/** How rows that are gone at the source leave the replica. */
export type Deletes =
  | { readonly kind: "ignore" }
  | {
      /** Rows in which the column is neither NULL nor false are deleted. */
      readonly kind: "soft"
      readonly column: string
    }
  | {
      readonly kind: "reconcile"
      /** Milliseconds between two comparisons of all keys. */
      readonly every: number
    }

/** What the config says of one table, defaults filled in. */
export interface TableConfig {
  /** Where the entry stands in the document: `tables[0]`. */
  readonly path: string
  readonly source: string
  readonly table: TableName
  /** The name of the replica table. */
  readonly into: string
  readonly cursor: string | undefined
  /** A duration in words, or a number of values, as the cursor's type asks. */
  readonly overlap: string | number | undefined
  readonly key: ReadonlyArray<string> | undefined
  readonly columns: ReadonlyArray<string> | undefined
  readonly as: Readonly<Record<string, "integer" | "real" | "text">> | undefined
  readonly where: ReadonlyArray<Filter>
  readonly deletes: Deletes
  /** Milliseconds between two verifications. */
  readonly verify: number | undefined
  readonly mode: "incremental" | "full"
  readonly drift: "follow" | "freeze" | "fail"
  readonly batchSize: number
  readonly schedule: Schedule
  readonly adopt: boolean
  /** Whether a wildcard stands for it, and nobody has named it. */
  readonly isListed: boolean
}

/** An entry that stands for all tables of a schema. */
export interface WildcardConfig extends Omit<TableConfig, "table" | "into" | "isListed"> {
  readonly schema: string | undefined
  readonly except: ReadonlyArray<TableName>
}

/** The entry of one table that a wildcard stands for. */
export const expand = (
  { schema: _schema, except: _except, ...rest }: WildcardConfig,
  table: TableName,
): TableConfig => ({
  ...rest,
  table,
  into: table.name,
  isListed: true,
})
