import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Share } from "../config/Budget.ts"
import type { ConnectorError } from "../error/ConnectorError.ts"
import { retryOf } from "../error/Policy.ts"
import { toError } from "../error/toError.ts"
import { hasMaskedKey } from "../plan/MaskedKey.ts"
import type { Plan } from "../plan/Plan.ts"
import { Sink } from "../sink/Sink.ts"
import type { SinkRun } from "../sink/SinkRun.ts"
import { Source } from "../source/Source.ts"
import { underWay } from "../state/Reconciliation.ts"
import type { Position } from "../state/Position.ts"
import { beginVerification, type Verification } from "../state/Verification.ts"
import { formatTableName } from "../table/Table.ts"
import type { Ahead } from "./Ahead.ts"
import { cautionsAbout } from "./Cautions.ts"
import { driftOf } from "./Drift.ts"
import { proveDropped } from "./Dropped.ts"
import { passSwap } from "./Guard.ts"
import { hush } from "./Hush.ts"
import { makeIndexes } from "./Indexing.ts"
import { askAgain, type InFlight } from "./InFlight.ts"
import { Onlooker, type Progress } from "./Progress.ts"
import type { PullOptions, Tally } from "./Pull.ts"
import { reconcileMasked } from "./MaskedReconcile.ts"
import { compareRanges, pullTable } from "./RangePull.ts"
import { isWhole } from "./ReadWhole.ts"
import { noteComplete, reconcile } from "./Reconcile.ts"
import type { TableResult, VerificationResult } from "./TableResult.ts"
import { noteUnkeyed, unkeyedCaution } from "./Unkeyed.ts"
import { veil } from "./Veil.ts"
import { verify } from "./Verify.ts"
import { verifyWhole } from "./VerifyWhole.ts"
import { pullWhole, type WholeContext } from "./Whole.ts"

/** What a source says of a table: the plan that it allows, and which transactions are in flight. */
export interface Asked {
  readonly plan: Plan
  readonly inFlight: InFlight | undefined
}

interface RunTally extends Tally, Progress {
  cautions: ReadonlyArray<string>
  verification: VerificationResult | undefined
  rebuilt: boolean
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

/** The same of a table that is read whole, of which a pull leaves nothing to reconcile. */
const bringWhole = Effect.fnUntraced(function* (
  context: WholeContext & { readonly options: RunOptions; readonly tally: RunTally },
) {
  const { plan, run, options, tally } = context
  if (run.stored.position === undefined) yield* proveDropped(plan, run.dropped ?? [])
  let current = run
  const goOn = (next: SinkRun) => {
    current = next
    context.goOn(next)
  }
  tally.estimate = yield* estimateOf(plan, run)
  yield* pullWhole({ ...context, goOn })
  // A swap brings them along.
  if (current === run && !tally.more) yield* makeIndexes(plan, run, false)
  tally.rebuilt = run.swap !== undefined && tally.syncedAt !== undefined
  if (tally.more || run.swap !== undefined || run.stored.position === undefined) return
  const state = yield* wantedVerification(plan, run, options.verify)
  if (state === undefined) return
  tally.phase = "verify"
  const verified = yield* verifyWhole({ ...context, goOn }, () => current, state)
  if (verified !== undefined) yield* tellVerification(current, verified, true, tally)
})

/** Pulls, and once all is pulled compares with the source what is due to be compared: keys, then all values. */
const pullAndCompare = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, options: RunOptions, tally: RunTally) {
  if (run.stored.position === undefined) {
    yield* proveDropped(plan, run.dropped ?? [])
    tally.cautions = yield* Effect.orElseSucceed(cautionsAbout(plan), () => [])
  }
  tally.estimate = yield* estimateOf(plan, run)
  const { byLog } = options
  const pulled = byLog?.pull(plan, run, options, tally) ?? pullTable(plan, run.stored.position, run, options, tally)
  let position = yield* pulled
  if (tally.more) return
  const isFirst = run.stored.position === undefined || run.swap !== undefined
  const isBegun = underWay(run.stored.reconciliation) !== undefined
  if (isFirst || (!isBegun && (yield* isReconcileDue(plan, run)))) position = yield* noteUnkeyed(plan, run, position)
  if (isFirst && position.unkeyed !== undefined && position.unkeyed > 0) {
    tally.cautions = [...tally.cautions, unkeyedCaution(plan, position.unkeyed)]
  }
  if (run.swap !== undefined) {
    // Until the new replica is swapped in, readers see the old one, which is as old as it was.
    const { syncedAt } = tally
    tally.syncedAt = undefined
    tally.phase = "swap"
    yield* passSwap(run, position)
    yield* makeIndexes(plan, run, true)
    yield* run.swap
    byLog?.hasSwapped(plan.into)
    tally.rebuilt = true
    tally.syncedAt = syncedAt
    return
  }
  yield* makeIndexes(plan, run, tally.read > 0 || run.stored.position === undefined)
  // What a first load brings is fresh: the run after it begins to compare.
  if (run.stored.position === undefined) return
  let current = position
  if (yield* isReconcileDue(plan, run)) {
    tally.phase = "deletes"
    const { deadline } = options
    if (plan.cursor !== undefined && underWay(run.stored.reconciliation) === undefined) {
      yield* compareRanges(plan, position, run, options, tally)
    }
    tally.more ||= tally.isToCompareAnew
    if (tally.more) return
    const every = plan.deletes.kind === "reconcile" ? plan.deletes.every : 0
    const isProven = tally.counted !== undefined && tally.counted === (yield* run.replica.countRows)
    if (isProven) yield* noteComplete({ plan, run, position, every, deadline, tally })
    else {
      const compareKeys = hasMaskedKey(plan) ? reconcileMasked : reconcile
      tally.more = yield* compareKeys({ plan, run, position, every, deadline, tally }, run.stored.reconciliation)
    }
    if (tally.more) return
  }
  const state = yield* wantedVerification(plan, run, options.verify)
  if (state === undefined) return
  tally.phase = "verify"
  const verified = yield* verify(
    {
      plan,
      run,
      deadline: options.deadline,
      position: () => current,
      // Another sweep: of transactions that began since the run did, it must know that they are in flight, and of parts that
      // the table has got, that they are there.
      pull: Effect.gen(function* () {
        if (byLog !== undefined) {
          current = yield* byLog.pull(plan, run, options, tally)
          return
        }
        const { parts, inFlight } = yield* askAgain(plan.table)
        const asked = parts === undefined ? plan : { ...plan, table: { ...plan.table, parts } }
        current = yield* pullTable(asked, current, run, { ...options, inFlight, ahead: undefined }, tally)
      }),
    },
    state,
  )
  tally.more = !verified.isComplete
  yield* tellVerification(run, verified.state, verified.isComplete, tally)
})

const tellVerification = Effect.fnUntraced(function* (
  { findings }: SinkRun,
  { checked, repaired, settled = 0, unaccounted = 0 }: Verification,
  complete: boolean,
  tally: RunTally,
) {
  const keys = yield* findings.differences(undefined, maxNamed)
  const differing = (yield* findings.countDifferences) + unaccounted
  tally.verification = { complete, checked, repaired, settled, differing, keys }
})

/** About how many rows a load will read; asked where one begins or goes on, and of a whole table alone. */
const estimateOf = Effect.fnUntraced(function* ({ table, where }: Plan, { stored: { position }, swap }: SinkRun) {
  const source = yield* Source
  const isFirstScan = position?.sweep === "scan" && position.seen === undefined && position.scannedAt === undefined
  const isLoading = swap !== undefined || position === undefined || (isFirstScan && position.after !== null)
  if (source.estimate === undefined || where.length > 0 || !isLoading) return undefined
  return yield* Effect.orElseSucceed(source.estimate(table), () => undefined)
})

const isReconcileDue = Effect.fnUntraced(function* ({ deletes }: Plan, run: SinkRun) {
  if (deletes.kind !== "reconcile") return false
  return underWay(run.stored.reconciliation) !== undefined || (yield* isPast(run.stored.reconciledAt, deletes.every))
})

/** Whether something was last done so long ago, or as the clock was before it was set back. */
export const isPast = (last: number | undefined, every: number): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => last === undefined || last > now || now - last >= every)

/** The verification to go on with or to begin, where one is asked for or due. */
const wantedVerification = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, asked: RunOptions["verify"]) {
  const { reconciliation } = run.stored
  // Asked for once more, what the guard has stopped is looked at anew.
  const isStopped = asked !== undefined && reconciliation?.phase === "repair" && !reconciliation.confirmed
  if (run.stored.verification !== undefined && !isStopped)
    return { ...run.stored.verification, repair: asked?.repair ?? run.stored.verification.repair }
  const isDue = plan.verify !== undefined && (yield* isPast(run.stored.verificationEndedAt, plan.verify))
  return asked !== undefined || isDue ? yield* beginVerification(asked?.repair ?? false) : undefined
})

/** How many differing rows an answer names. */
const maxNamed = 1000

interface RunOptions extends PullOptions {
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
  /** A replica that was built anew is what readers see. */
  readonly hasSwapped: (into: string) => void
}
