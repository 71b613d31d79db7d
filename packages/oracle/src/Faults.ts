/** What goes wrong at one call of a run to its database. */
export type SinkFault =
  /** The call is lost on its way, or its answer is. */
  | "lost before"
  | "lost after"
  /** The replicator dies: neither this call nor any later one of the run is ever answered. */
  | "death before"
  | "death after"
  /** The run stands still, and goes on when the history says so. */
  | "stall before"
  | "stall after"
  | "full"

/** What goes wrong at one call of a run to its source. */
export type SourceFault =
  | { readonly kind: "cut"; readonly bytes: number }
  | { readonly kind: "refuse" }
  | { readonly kind: "lock" }
  | { readonly kind: "stall" }

/** A fault at the n-th call of a run. */
export type Fault =
  | { readonly at: number; readonly sink: SinkFault }
  | { readonly at: number; readonly source: SourceFault }
