import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConnectorError, ErrorDescription } from "../error/ConnectorError.ts"
import type { Retry } from "../error/Policy.ts"
import type { Plan } from "../plan/Plan.ts"
import type { HubSink } from "./HubSink.ts"
import type { LogSink } from "./LogSink.ts"
import type { SinkRun } from "./SinkRun.ts"
import type { HistoryEntry, RunState, SourceState, TableState } from "./States.ts"

/** How a run begins. */
export interface BeginOptions {
  readonly claim: boolean
  /**
   * The table's `RunState.version` before the source was asked for what the plan rests on; undefined where the table was
   * not known then. What a source says is only good for a position that was there already when it was asked.
   */
  readonly seen: string | undefined
  /** Asks the source anew and plans by what it says: called once the table is held, where `seen` is no longer so. */
  readonly again: Effect.Effect<Plan, ConnectorError>
  /** Whether to build the replica anew, or to go on with it where that is under way. */
  readonly refresh: boolean
  /** The token of the log's run that this one is part of. */
  readonly token?: string | undefined
}

/** The methods of {@link Sink}. */
export interface SinkShape {
  /**
   * Begins a run: makes sure that the replica table is there as the plan says, and that no other run holds it (`busy`).
   * With `claim` the table is taken at once; without, with the first change, so that a run that finds nothing to do
   * costs no write. Where another run has held the table since `seen`, it is taken, and the plan made `again`, before
   * anything is done by it. Where the plan has other columns than the replica, or `refresh` asks for it, the run builds the
   * replica anew beside the old one. Fails with `table-not-ours` for a table that it did not make, and with
   * `schema-changed` where the plan's drift does not allow the change.
   */
  readonly begin: (plan: Plan, options: BeginOptions) => Effect.Effect<SinkRun, ConnectorError>
  /** The statement that would make the replica table of a plan. */
  readonly ddl: (plan: Plan) => string
  /** When each known table last ran; cheap. */
  readonly runs: Effect.Effect<ReadonlyArray<RunState>, ConnectorError>
  /** Where each known table stands; counts rows, where that is not too dear. */
  readonly states: Effect.Effect<ReadonlyArray<TableState>, ConnectorError>
  /**
   * Allows what the guard has stopped to go on; false where it has stopped nothing. Fails with `busy` while a
   * run holds the table.
   */
  readonly confirm: (into: string) => Effect.Effect<boolean, ConnectorError>
  /** Notes a failure of a table whose run could not begin. */
  readonly fail: (
    table: { readonly into: string; readonly source: string; readonly sourceTable: string },
    error: ErrorDescription,
    retry: Retry,
  ) => Effect.Effect<void, ConnectorError>
  /** How the sources do that failed as a whole. */
  readonly sources: Effect.Effect<ReadonlyArray<SourceState>, ConnectorError>
  /** Notes that a source failed as a whole, or with undefined that it does again. */
  readonly noteSource: (
    source: string,
    failure: { readonly error: ErrorDescription; readonly retryAt: number } | undefined,
  ) => Effect.Effect<void, ConnectorError>
  /** Pauses a table, or lets it go on and forgets that it failed for good; false for one that is not known. */
  readonly setPaused: (into: string, paused: boolean) => Effect.Effect<boolean, ConnectorError>
  /** The last runs that changed or failed, the newest first; at most 1000 are kept. */
  readonly history: (options: {
    readonly table: string | undefined
    readonly limit: number
  }) => Effect.Effect<ReadonlyArray<HistoryEntry>, ConnectorError>
  /**
   * Forgets a table: drops the replica table and all that is known of it, so that the next run begins anew; false for one
   * that is not known. Fails with `busy` while a run holds it.
   */
  readonly reset: (into: string) => Effect.Effect<boolean, ConnectorError>
  /** Following logs, where the sink can. */
  readonly log?: LogSink
  /** Being replicated from, where the sink can. */
  readonly hub?: HubSink
}

/** Where rows go. */
export class Sink extends Context.Service<Sink, SinkShape>()("@starbase-replication/core/Sink") {}
