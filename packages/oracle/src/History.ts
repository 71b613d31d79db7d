import type { Fault } from "./Faults.ts"
import type { Kind, Shape } from "./Shape.ts"

/** A write at the source. Keys, columns and values are numbers that the table's dialect has something for. */
export type Write =
  | { readonly do: "put"; readonly keys: ReadonlyArray<number>; readonly value: number; readonly isNull: boolean }
  | { readonly do: "update"; readonly key: number; readonly value: number; readonly isNull: boolean }
  /** An update that leaves the cursor as it was. */
  | { readonly do: "update quietly"; readonly key: number; readonly value: number }
  | { readonly do: "move"; readonly key: number; readonly to: number }
  | { readonly do: "move quietly"; readonly key: number; readonly to: number }
  /** Another text of the same key, where its type has more than one. */
  | { readonly do: "respell"; readonly key: number; readonly isQuiet: boolean }
  /** Rows that are put in a savepoint, which is rolled back, released or left open. */
  | { readonly do: "nest"; readonly keys: ReadonlyArray<number>; readonly value: number; readonly ends: SavepointEnd }
  | { readonly do: "delete"; readonly keys: ReadonlyArray<number> }
  | { readonly do: "truncate" }
  | { readonly do: "add column"; readonly kind: Kind }
  | { readonly do: "drop column"; readonly column: number }
  | { readonly do: "change type"; readonly column: number }
  | { readonly do: "change key" }
  | { readonly do: "rearrange"; readonly how: Rearrangement }

export type SavepointEnd = "release" | "roll back" | "leave"

/** What moves or shows rows without writing them, or puts others in their place. */
export type Rearrangement =
  | "vacuum full"
  | "cluster"
  | "freeze"
  | "detach"
  | "attach"
  /** The first time it makes a copy of the table, and from then on these two change their places. */
  | "swap"
  | "refresh"
  | "refresh concurrently"

/** How a session's transaction ends, or one that it had prepared. */
export type SessionEnd = "commit" | "roll back" | "prepare" | "commit prepared" | "roll back prepared"

/** Whether a write leaves rows with other values or keys that the cursor does not show. */
export const isQuiet = (write: Write): boolean =>
  write.do === "update quietly" ||
  write.do === "move quietly" ||
  (write.do === "respell" && write.isQuiet) ||
  (write.do === "rearrange" && write.how === "attach")

/** A write, or the beginning or the end of a transaction, in one of the sessions; 0 has no transactions. */
export type AtSource =
  | { readonly at: "source"; readonly session: number; readonly write: Write }
  | { readonly at: "source"; readonly session: number; readonly end: SessionEnd }

/** A run of the replicator. */
export interface Run {
  readonly how: "tick" | "post" | "refresh" | "verify" | "repair"
  /** What it may use: milliseconds of the replicator's clock, which goes on by one each time that it is looked at. */
  readonly millis: number
  readonly rows: number
  readonly faults: ReadonlyArray<Fault>
}

/** What happens while runs are under way, before the n-th of their calls. */
export interface Meanwhile {
  readonly call: number
  readonly steps: ReadonlyArray<AtSource | Clock | { readonly at: "check" }>
}

export interface Clock {
  readonly at: "clock"
  readonly millis: number
}

export type Step =
  | AtSource
  | Clock
  | {
      readonly at: "replica"
      readonly runs: ReadonlyArray<Run>
      /** Whether the runs that stand still go on beside these. */
      readonly wakes: boolean
      readonly picks: ReadonlyArray<number>
      readonly meanwhile: ReadonlyArray<Meanwhile>
    }
  | { readonly at: "operator"; readonly does: Operation }

export type Operation = "confirm" | "reset" | "pause" | "resume"

/** How a row of the replica is spoiled once all is quiet: behind the replicator's back, or by a quiet update. */
export interface Spoiling {
  readonly how: "change" | "remove" | "add" | "quiet update"
  readonly row: number
}

export interface History {
  readonly shape: Shape
  readonly steps: ReadonlyArray<Step>
  /** How transactions end that are open at the end. */
  readonly end: "commit" | "roll back"
  /** Whether runs that stand still at the end go on once all is quiet. */
  readonly wakesLate: boolean
  readonly spoilings: ReadonlyArray<Spoiling>
}
