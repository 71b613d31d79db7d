import type { TableState } from "@starbase-replication/core/sink"

/** What the guard has stopped of a table. */
export interface Guarded {
  readonly by: "reconcile" | "swap" | "repair" | "marked" | "gone"
  /** The replica's rows. */
  readonly rows: number
  /** Rows that would leave it. Of rows that are marked as deleted, those that have left already. */
  readonly suspects: number
  readonly confirmed: boolean
}

/** What the guard has stopped of a table that failed for it. */
export const guardedOf = ({ error, reconciliation }: Pick<TableState, "error" | "reconciliation">): Guarded | null => {
  if (error?.code !== "delete-guard" || reconciliation === undefined) return null
  const { phase, rows, suspects, confirmed } = reconciliation
  const by = phase === "walk" || phase === "search" || phase === "delete" ? "reconcile" : phase
  return { by, rows, suspects, confirmed }
}
