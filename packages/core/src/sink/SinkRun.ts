import type * as Effect from "effect/Effect"
import type { ConnectorError, ErrorDescription } from "../error/ConnectorError.ts"
import type { Retry } from "../error/Policy.ts"
import type { ReplicaIndex } from "../plan/Indexes.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Ranges } from "../state/Ranges.ts"
import type { Batch } from "./Batch.ts"
import type { Findings } from "./Findings.ts"
import type { Replica } from "./Replica.ts"
import type { Stored } from "./Stored.ts"

/** How a run ended. */
export interface Outcome {
  readonly read: number
  readonly pages: number
  /** The moment up to which the replica now holds everything, in milliseconds since 1970, where a sweep was finished. */
  readonly syncedAt: number | undefined
  /** Whether the budget ran out before the end of the sweep. */
  readonly more: boolean
  readonly error: ErrorDescription | undefined
  /** When it is tried again, where it failed. */
  readonly retry: Retry | undefined
}

/** What a run changed in the replica. */
export interface Counts {
  readonly written: number
  readonly deleted: number
  readonly rejected: number
}

/** One run of one table in the sink. */
export interface SinkRun {
  /** The plan to pull by: narrower than the one asked for where its columns are frozen. */
  readonly plan: Plan
  readonly stored: Stored
  readonly replica: Replica
  readonly findings: Findings
  /** What the ranges of the replica that readers see are known to hold; undefined where nobody knows. */
  readonly ranges: Effect.Effect<Ranges | undefined, ConnectorError>
  /**
   * Applies a batch and saves its position in one atomic step, or fails and leaves both as they were. A batch that the
   * store cannot take at once is cut, and the position saved with its last part; where a part fails, those before it
   * stay, and the next run brings them once more. A batch applied twice changes nothing the second time, and rows that
   * are equal already cost no write. Of a table without a key each row is added, and not a second time where a batch is
   * applied twice. A row that cannot be stored is set aside and counted. Fails with `lease-lost` once
   * another run has taken the table.
   */
  readonly apply: (batch: Batch) => Effect.Effect<void, ConnectorError>
  /** How many rows the replica that the run fills has: the one that is built anew, where there is one. */
  readonly countFilled: Effect.Effect<number, ConnectorError>
  /**
   * Takes the table, where that is not done yet, and gives the run as it stands now, or with `refresh` one that builds the
   * replica anew, beside the one that readers see. It goes on in this one's place: it alone is to be finished.
   */
  readonly renew: (options: { readonly refresh: boolean }) => Effect.Effect<SinkRun, ConnectorError>
  /**
   * Gives the replica that the run fills these indexes, and takes others away that it gave before. One that somebody else has
   * made is left alone, and stands for one that is the same. Without it, a sink has no indexes.
   */
  readonly index?: (wanted: ReadonlyArray<ReplicaIndex>) => Effect.Effect<void, ConnectorError>
  /**
   * Where the replica is built anew beside the one that readers see: puts it in that one's place, in one atomic step,
   * with the indexes, triggers and views that others have made. To be called once the new one is complete.
   */
  readonly swap: Effect.Effect<void, ConnectorError> | undefined
  /** Where the run fills a replica from its beginning: the columns that it keeps although the plan's table has them not. */
  readonly dropped?: ReadonlyArray<string>
  /** Records how the run ended and gives the table free. Writes nothing where there is nothing to tell. */
  readonly finish: (outcome: Outcome) => Effect.Effect<Counts, ConnectorError>
}
