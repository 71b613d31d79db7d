import type { Filter } from "../table/Filter.ts"
import type { TableName } from "../table/Table.ts"
import type { TableEntry } from "./Document.ts"
import type { MaskRule } from "./masks.ts"
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

/** The fields of an entry that its config has in another form, or that only decide which tables it is about. */
type Read = "table" | "into" | "where" | "deletes" | "verify" | "except" | "every" | "cron" | "timeZone"

/** What the config says of one table: its entry, with what was to be read out of it. */
export interface TableConfig extends Omit<typeof TableEntry.Type, Read> {
  /** Where the entry stands in the document: `tables[0]`. */
  readonly path: string
  readonly table: TableName
  /** The name of the replica table. */
  readonly into: string
  readonly where: ReadonlyArray<Filter>
  readonly deletes: Deletes
  /** Milliseconds between two verifications; without it they are only made when asked for. */
  readonly verify: number | undefined
  readonly schedule: Schedule
  /** The masks of its columns, those for all of its source first; none without it. */
  readonly masks?: ReadonlyArray<MaskRule>
  /** Whether a wildcard stands for it, and nobody has named it. */
  readonly isListed: boolean
  /** How often the log of its source is read, in milliseconds, where it is. */
  readonly log?: { readonly every: number }
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
