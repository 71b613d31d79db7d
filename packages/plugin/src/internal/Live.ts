import type { Progress } from "@starbase-replication/core/run"
import type { Billed } from "@starbase-replication/sink-sqlite"

/** What an isolate knows of its runs and of what they cost, and nothing stored tells. */
export interface Live {
  /** Tells isolates apart: where two are one, what it knows must not be counted twice. */
  readonly isolate: string
  readonly runs: ReadonlyArray<Readonly<Progress>>
  /** About how many rows a table has at its source, as the last load of it was told. */
  readonly estimates: ReadonlyArray<{ readonly table: string; readonly rows: number }>
  /** Rows billed that are not stored yet, by day. */
  readonly billed: ReadonlyArray<Billed & { readonly day: string }>
}
