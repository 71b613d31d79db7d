/** A replica as the admin is shown it. */
export interface ShownReplica {
  readonly replica: string
  readonly since: string
  /** What is to be done with it. */
  readonly todo: string | null
  /** How far it is behind the hub; null before it was loaded. */
  readonly lagSeconds: number | null
  /** When it had all of the log up to `seq`. */
  readonly toldAt: string | null
  readonly seq: number | null
  readonly error: string | null
  readonly errorAt: string | null
}

/** All replicas, as `GET /replicate/replicas` tells of them. */
export interface FleetSummary {
  readonly count: number
  /** Those that were loaded whole. */
  readonly seeded: number
  readonly deleted: number
  readonly failing: number
  readonly lagSeconds: { readonly p50: number | null; readonly p99: number | null; readonly max: number | null }
  /** Those that are behind the most. */
  readonly worst: ReadonlyArray<ShownReplica>
  /** Those that failed last. */
  readonly errors: ReadonlyArray<ShownReplica>
  readonly hints: { readonly sent: number; readonly failed: number }
  readonly sweep: {
    readonly total: number
    readonly left: number
    readonly startedAt: string
    readonly workflow: string | null
  } | null
}
