import type { Spending } from "../config/Budget.ts"
import type { TableConfig, WildcardConfig } from "../config/TableConfig.ts"
import type { TableName } from "../table/Table.ts"
import type { Past } from "./Scheduler.ts"
import type { Selection } from "./Selection.ts"

/** What to run at one source. */
export interface SourceRun {
  readonly tables: ReadonlyArray<TableConfig>
  readonly wildcards: ReadonlyArray<WildcardConfig>
  readonly select: Selection
  readonly past: Past
  /** When to read no further page, in milliseconds since 1970. */
  readonly deadline: number
  readonly spending: Spending
  readonly claim: boolean
  readonly refresh: boolean
  readonly verify: { readonly repair: boolean } | undefined
  readonly expanded: Map<string, ReadonlyArray<TableName>> | undefined
}
