import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Share } from "../config/Budget.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { retryOf } from "../error/Policy.ts"
import { toError } from "../error/toError.ts"
import type { Plan } from "../plan/Plan.ts"
import { Sink } from "../sink/Sink.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import { formatTableName } from "../table/Table.ts"
import type { Ahead } from "./Ahead.ts"
import { driftOf } from "./Drift.ts"
import { hush } from "./Hush.ts"
import type { InFlight } from "./InFlight.ts"
import { Onlooker } from "./Progress.ts"
import { isWhole } from "./ReadWhole.ts"
import type { TableResult } from "./TableResult.ts"
import { veil } from "./Veil.ts"
import type { RunTally, ByLog } from "./Running.ts"
import { bringWhole } from "./BringWhole.ts"
import { pullAndCompare } from "./PullAndCompare.ts"

/** What a source says of a table: the plan that it allows, and which transactions are in flight. */
export interface Asked {
  readonly plan: Plan
  readonly inFlight: InFlight | undefined
}

/**
 * Pulls one table until its sweep is finished or the budget is used, the next page being read while the last is
 * applied. A failure is part of the result, and what was applied before it stays. Fails itself only where the run could
 * not begin or end in the sink.
 */
export const syncTable = Effect.fn("Sync.table")(function* (
  planned: Plan,
  options: {
    /** When to read no further page, in milliseconds since 1970. */
    readonly deadline: number
    readonly share: Share
    readonly claim: boolean
    /** What to note as `blockedBy` where the table fails for good. */
    readonly fingerprint: string
    /** Whether to build the replica anew. */
    readonly refresh: boolean
    /** Whether to compare source and replica value by value afterwards, and whether to mend what differs. */
    readonly verify: { readonly repair: boolean } | undefined
    /** What was read ahead for the plan. */
    readonly ahead?: Ahead | undefined
    /** The transactions in flight when the plan was made, where the source can tell. */
    readonly inFlight: InFlight | undefined
    /** The table's version before the source was asked for plan and transactions; see `BeginOptions.seen`. */
    readonly seen: string | undefined
    /** Asks for both anew. */
    readonly again: Effect.Effect<Asked, ConnectorError>
    /** How the table is brought up to date where it follows its source's log. */
    readonly byLog?: ByLog | undefined
  },
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const sink = yield* Sink
  const startedAt = yield* Clock.currentTimeMillis
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const refresh = options.refresh || planned.mode === "full"
      let asked: Asked = { plan: planned, inFlight: options.inFlight }
      const again = Effect.map(options.again, (anew) => {
        asked = anew
        return anew.plan
      })
      const begun = yield* restore(
        sink.begin(planned, { claim: options.claim, refresh, seen: options.seen, again, token: options.byLog?.token }),
      )
      const { plan, stored } = begun
      let run = yield* veil(plan, begun)
      const { inFlight } = asked
      const drift = driftOf(asked.plan, run, refresh)
      const tally: RunTally = {
        table: plan.into,
        startedAt,
        phase: "pull",
        estimate: undefined,
        read: 0,
        softDeleted: 0,
        pages: 0,
        syncedAt: undefined,
        more: false,
        anew: undefined,
        cautions: [],
        counted: undefined,
        isToCompareAnew: false,
        verification: undefined,
        rebuilt: false,
      }
      const goOn = (next: SinkRun) => {
        run = next
      }
      const onlooker = yield* Onlooker
      onlooker.begun(tally)
      const pulling = isWhole(plan)
        ? bringWhole({ plan, run, options: { ...options, inFlight }, tally, goOn })
        : pullAndCompare(plan, run, { ...options, inFlight }, tally)
      const hushed = Effect.provideService(pulling, Source, hush(plan, yield* Source))
      const exit = yield* Effect.exit(restore(hushed))
      const failure = Exit.isSuccess(exit)
        ? undefined
        : (yield* toError(exit.cause)).at({ source: plan.source, table: formatTableName(plan.table.name) })
      const error = failure?.describe()
      const failed = { failures: stored.failures + 1, hasBegun: true, fingerprint: options.fingerprint }
      const retry = failure === undefined ? undefined : yield* retryOf(failure, failed)
      const { read, pages, syncedAt, more } = tally
      const finished = run.finish({ read, pages, syncedAt, more, error, retry })
      // Where that fails too, what it failed of first tells more.
      const counts = yield* Effect.mapError(finished, (unnoted) => failure ?? unnoted).pipe(
        Effect.ensuring(Effect.sync(() => onlooker.ended(tally))),
      )
      if (Exit.hasInterrupts(exit)) return yield* Effect.interrupt
      const { verification } = tally
      return {
        ...(verification === undefined ? {} : { verification }),
        table: plan.into,
        read,
        written: counts.written,
        unchanged: Math.max(0, read - counts.written - counts.rejected - tally.softDeleted),
        deleted: counts.deleted,
        rejected: counts.rejected,
        pages,
        more,
        durationMs: (yield* Clock.currentTimeMillis) - startedAt,
        error,
        details: {
          source: plan.source,
          failedBefore: stored.failures,
          retryAt: retry?.at,
          syncedAt,
          drift,
          rebuilt: tally.rebuilt,
          anew: tally.anew,
          cautions: tally.cautions,
        },
      }
    }),
  )
})
