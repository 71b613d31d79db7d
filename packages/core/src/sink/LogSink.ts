import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Key } from "../table/Key.ts"
import type { Row } from "../table/Table.ts"
import type { Reject } from "./Batch.ts"

/** What follows a log: the replica that readers see, or the one that is built to take its place. */
export interface LogTarget {
  readonly into: string
  readonly which: "live" | "next"
}

/** How a target follows its log. */
export interface Following extends LogTarget {
  /** `LoggedTable.member` when it began to. */
  readonly member: string
  /** `LoggedTable.parts` as of which it is. */
  readonly parts: ReadonlyArray<string>
  /** It is whole once the log's position has reached this; undefined while its rows are still read. */
  readonly high: string | undefined
  /** Whether rows of it are to be looked up at the source. */
  readonly isWanting: boolean
}

/** Where a log stands in the sink. Times are milliseconds since 1970. */
export interface LogState {
  readonly source: string
  readonly slot: string
  /** All up to it is applied. */
  readonly position: string
  /** The part of a transaction that is applied beyond the position: its beginning, and how many places of it. */
  readonly part: { readonly at: string; readonly places: number } | undefined
  /** Whether readers may see a part of a transaction. */
  readonly isTorn: boolean
  /** `LogStanding.publication`, and `Transactions.history`, when it was begun. */
  readonly publication: string
  readonly history: string
  readonly following: ReadonlyArray<Following>
  /** The replicas that follow it and are whole hold everything that was visible at the source then. */
  readonly syncedAt: number | undefined
  /** How the source keeps it, as it was noted last, and when. */
  readonly keeping: LogKeeping | undefined
  readonly notedAt: number | undefined
  /** The replica tables that it does not serve, each with why: the second half of a sentence about the table. */
  readonly unserved: ReadonlyMap<string, string>
  readonly running: boolean
}

/** How a source keeps a log; see `LogStanding`. */
export interface LogKeeping {
  readonly state: string
  readonly held: number
  readonly safe: number | null
  readonly keeping: string
  readonly holds: string | null
}

/** How a planned table stands in the sink. */
export interface LogTable {
  /** The plan to follow by: narrower than the one asked for where its columns are frozen. */
  readonly plan: Plan
  /** Whether the replica that readers see is as planned, and the one that is built to take its place. */
  readonly isAsPlanned: boolean
  readonly isNextAsPlanned: boolean
  /** Whether it holds rows. */
  readonly hasBegun: boolean
  /** Whether its columns or its key are others than those planned, of which the table's drift says what follows. */
  readonly hasDrifted: boolean
}

/** What of a target's rows a batch changes: all rows go first where it is emptied. */
export interface LogPart {
  readonly target: LogTarget
  readonly plan: Plan
  readonly isEmptied: boolean
  readonly rows: ReadonlyArray<Row>
  readonly rejects: ReadonlyArray<Reject>
  readonly deletes: ReadonlyArray<Key>
  /** Keys whose rows must be looked up, and keys whose rows are known now. */
  readonly wanted: ReadonlyArray<Key>
  readonly found: ReadonlyArray<Key>
}

/** Changes of many tables, and the position that is reached with them. */
export interface LogBatch {
  readonly parts: ReadonlyArray<LogPart>
  readonly position: string
  readonly part: LogState["part"]
}

/** A run of a log in the sink, which nobody else reads meanwhile. */
export interface SinkLogRun {
  /** Undefined where it was never begun, or began anew. */
  readonly stored: LogState | undefined
  /** The plans asked for, in their order. */
  readonly tables: ReadonlyArray<LogTable>
  /** The token under which its tables' runs begin; see `BeginOptions.token`. */
  readonly token: string
  /** Begins the log at a position. Nothing follows it then. */
  readonly start: (
    at: Pick<LogState, "slot" | "position" | "publication" | "history">,
  ) => Effect.Effect<void, ConnectorError>
  /** Holds the log for longer. */
  readonly renew: Effect.Effect<void, ConnectorError>
  /** Empties a target that was never whole, and from now on changes go into it: whatever it had, nobody knows as of when. */
  readonly join: (target: Omit<Following, "isWanting">, plan: Plan) => Effect.Effect<void, ConnectorError>
  /** Notes how a target follows. */
  readonly follow: (target: Omit<Following, "isWanting">, plan: Plan) => Effect.Effect<void, ConnectorError>
  /** Changes go into it no more. A replica that was built to take another's place is dropped. */
  readonly leave: (target: LogTarget) => Effect.Effect<void, ConnectorError>
  /** The rows of these keys that a target has, in the order of the plan's columns. */
  readonly rows: (
    target: LogTarget,
    plan: Plan,
    keys: ReadonlyArray<Key>,
  ) => Effect.Effect<ReadonlyArray<Row>, ConnectorError>
  /** The keys of a target whose rows must be looked up. */
  readonly wanted: (target: LogTarget, limit: number) => Effect.Effect<ReadonlyArray<Key>, ConnectorError>
  /**
   * Applies a batch with its position in one atomic step, over all tables; where it is larger than one statement takes, in
   * several, of which the last has the position, and the log is torn meanwhile. Fails with `lease-lost` once another run has
   * taken the log or one of the tables.
   */
  readonly apply: (batch: LogBatch) => Effect.Effect<void, ConnectorError>
  /** Notes how the run ended and gives the log free. Writes nothing where there is nothing to tell. */
  readonly finish: (outcome: LogOutcome) => Effect.Effect<ReadonlyMap<string, LogCounts>, ConnectorError>
}

/** How a log's run ended. */
export interface LogOutcome {
  /** Undefined where it is not known how far the sink has come. */
  readonly position: string | undefined
  readonly syncedAt: number | undefined
  readonly keeping: LogKeeping
  /** See `LogState.unserved`. */
  readonly unserved: ReadonlyMap<string, string>
  /** How many changes were read of each replica table. */
  readonly read: ReadonlyMap<string, number>
}

/** What a log's run changed in a table. */
export interface LogCounts {
  readonly written: number
  readonly deleted: number
}

/** The ability of a sink to follow logs. */
export interface LogSink {
  /** Takes a log, or with `claim: false` takes it with the first change. Fails with `busy` while another run has it. */
  readonly begin: (
    source: string,
    options: { readonly claim: boolean; readonly plans: ReadonlyArray<Plan> },
  ) => Effect.Effect<SinkLogRun, ConnectorError>
  /** Where each known log stands. */
  readonly states: Effect.Effect<ReadonlyArray<LogState>, ConnectorError>
  /** Forgets a log; its tables stay as they are. */
  readonly forget: (source: string) => Effect.Effect<void, ConnectorError>
}
