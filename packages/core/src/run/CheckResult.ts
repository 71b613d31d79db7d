import type { ErrorDescription } from "../error/ConnectorError.ts"
import type { Mask } from "../mask/Mask.ts"
import type { Way } from "../plan/Way.ts"
import type { Fan } from "../table/Fan.ts"
import type { Relation } from "../source/Indexes.ts"

/** A column as it would be replicated. */
export interface CheckedColumn {
  readonly name: string
  readonly type: string
  readonly sourceType: string
  /** Its name in the replica, where that is another one. */
  readonly into?: string
  /** What the replica holds in place of its values. */
  readonly mask?: Mask["kind"]
}

/** What a check found out about one table, without changing anything. */
export interface CheckResult {
  /** The replica table, or the pattern of a wildcard that could not be asked. */
  readonly table: string
  readonly source: string
  /** Why it could not be replicated as configured; undefined where it could. */
  readonly error: ErrorDescription | undefined
  readonly sourceTable?: string
  readonly kind?: "table" | "view"
  readonly key?: ReadonlyArray<string>
  readonly cursor?: string | undefined
  /** How its changes are found. */
  readonly changes?: Way
  readonly columns?: ReadonlyArray<CheckedColumn>
  /** Columns that look as if they held personal data, and of which the config says neither a mask nor "none". */
  readonly unmasked?: ReadonlyArray<string>
  /** The indexes that the replica would have, and those of the source that it would not, with why. */
  readonly indexes?: {
    readonly made: ReadonlyArray<string>
    readonly left: ReadonlyArray<{ readonly name: string; readonly why: string }>
  }
  /** Foreign keys that the source declares; the replica enforces none. */
  readonly relations?: ReadonlyArray<Relation>
  /** What is to know of the source, such as what has no effect there, and what speaks against the cursor. */
  readonly notices?: ReadonlyArray<string>
  /** Who gets its rows of those that replicate from here; `why` it is nobody, although the config says otherwise. */
  readonly replicas?: { readonly to: Fan; readonly why: string | null }
  /** The statement that would make the replica table. */
  readonly ddl?: string
}
