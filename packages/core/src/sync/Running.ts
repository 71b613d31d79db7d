import type * as Effect from "effect/Effect"
import type { ConnectorError } from "../error/ConnectorError.ts"
import type { Plan } from "../plan/Plan.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import type { Source } from "../source/Source.ts"
import type { Position } from "../state/Position.ts"
import type { Progress } from "./Progress.ts"
import type { PullOptions, Tally } from "./Pull.ts"
import type { VerificationResult } from "./TableResult.ts"

/** What a run of one table has come to so far. */
export interface RunTally extends Tally, Progress {
  cautions: ReadonlyArray<string>
  verification: VerificationResult | undefined
  rebuilt: boolean
}

/** What a run of one table is to keep to, beside what a pull is. */
export interface RunOptions extends PullOptions {
  readonly verify: { readonly repair: boolean } | undefined
  readonly byLog?: ByLog | undefined
}

/** What the log's run does for a table, in place of pulling it. */
export interface ByLog {
  /** The token of the log's run. */
  readonly token: string
  /** Loads the table where it must be, has the log followed, and gives the table's own position. */
  readonly pull: (
    plan: Plan,
    run: SinkRun,
    options: PullOptions,
    tally: Tally,
  ) => Effect.Effect<Position, ConnectorError, Source>
  /** See `SourceLog.vouches`. */
  readonly vouches: boolean
  /** A replica that was built anew is what readers see. */
  readonly hasSwapped: (into: string) => void
}
