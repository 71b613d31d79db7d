import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Fan, Fanning } from "../table/Fan.ts"

/** A replica table as those see it that replicate from here. */
export interface FedTable {
  readonly into: string
  readonly fan: Fan
  /** Why nobody is given it although the config says so, as the second half of a sentence about the table. */
  readonly withheld: string | undefined
  /** Under another text, changes of it may have been missed. */
  readonly generation: string | undefined
}

/** How the log of changes stands that others replicate by. */
export interface HubState {
  readonly epoch: string
  /** All changes up to it are final. */
  readonly seq: number
  /** From there on the log is whole. */
  readonly trimmed: number
  readonly entries: number
  /** When the oldest entry is known to have been there, in milliseconds since 1970. */
  readonly oldest: number | undefined
  readonly tables: ReadonlyArray<FedTable>
}

/** The ability of a sink to be replicated from. */
export interface HubSink {
  /**
   * Has the changes of the tables that are whole logged as wanted, and of no others; forgets the log where nobody is to replicate
   * from here. `changed` is how many rows were changed since the last time, by which the log is kept within its bounds.
   */
  readonly arrange: (wanted: Fanning | undefined, changed: number) => Effect.Effect<void, ConnectorError>
  /** Why nobody would be given the replica table of a plan although the config says so, as `FedTable.withheld`. */
  readonly withheld: (plan: Plan, fan: Exclude<Fan, "none">) => string | undefined
  /** How the log stands; undefined where there is none. */
  readonly state: (wanted: Fanning | undefined) => Effect.Effect<HubState | undefined, ConnectorError>
}
