import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { backoff, isOfSource, type Retry } from "./Backoff.ts"
import type { Spending } from "./Budget.ts"
import { type Code, ConnectorError, type ErrorDescription } from "./ConnectorError.ts"
import type { Plan } from "./Plan.ts"
import { askInFlight, type InFlight, pull, type PullOptions, type Tally } from "./Pull.ts"
import { reconcile } from "./Reconcile.ts"
import { type Differing, Sink, type SinkRun } from "./Sink.ts"
import type { Source } from "./Source.ts"
import { formatTableName } from "./Table.ts"
import { beginVerification, verify } from "./Verify.ts"

/** What a run of one table did. */
export interface TableResult {
  /** The replica table. */
  readonly table: string
  readonly read: number
  /** Rows inserted, or updated because a value differed. */
  readonly written: number
  /** Rows read that the replica had already, value by value. */
  readonly unchanged: number
  readonly deleted: number
  /** Rows set aside because the replica cannot hold them. */
  readonly rejected: number
  readonly pages: number
  /** True where the budget ran out before the end: come again. */
  readonly more: boolean
  readonly durationMs: number
  readonly error: ErrorDescription | undefined
  /** What a verification found, where one was part of the run. */
  readonly verification?: VerificationResult
}

/** What a verification found. */
export interface VerificationResult {
  /** False where the budget ran out before its end: come again. */
  readonly complete: boolean
  /** Rows of the source that were compared. */
  readonly checked: number
  /** Rows that were mended. */
  readonly repaired: number
  /** Rows that differ, of which at most 1000 are named. */
  readonly differing: number
  readonly keys: ReadonlyArray<Differing>
}

/** What a source says of a table: the plan that it allows, and which transactions are in flight. */
export interface Asked {
  readonly plan: Plan
  readonly inFlight: InFlight | undefined
}

interface RunTally extends Tally {
  verification: VerificationResult | undefined
}

/**
 * Pulls one table until its sweep is finished or the budget is used, the next page being read while the last is
 * applied. A failure is part of the result, and what was applied before it stays. Fails itself only where the run could
 * not begin or end in the sink.
 */
export const syncTable = Effect.fn("Sync.table")(function* (
  asked: Plan,
  options: {
    /** When to read no further page, in milliseconds since 1970. */
    readonly deadline: number
    readonly spending: Spending
    readonly claim: boolean
    /** What to note as `blockedBy` where the table fails for good. */
    readonly fingerprint: string
    /** Whether to build the replica anew. */
    readonly refresh: boolean
    /** Whether to compare source and replica value by value afterwards, and whether to mend what differs. */
    readonly verify: { readonly repair: boolean } | undefined
    /** The transactions in flight when the plan was made, where the source can tell. */
    readonly inFlight: InFlight | undefined
    /** The table's version before the source was asked for plan and transactions; see `BeginOptions.seen`. */
    readonly seen: string | undefined
    /** Asks for both anew. */
    readonly again: Effect.Effect<Asked, ConnectorError>
  },
): Effect.fn.Return<TableResult, ConnectorError, Source | Sink> {
  const sink = yield* Sink
  const startedAt = yield* Clock.currentTimeMillis
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const refresh = options.refresh || asked.isFull
      let { inFlight } = options
      const again = Effect.map(options.again, (asked) => {
        inFlight = asked.inFlight
        return asked.plan
      })
      const run = yield* restore(sink.begin(asked, { claim: options.claim, refresh, seen: options.seen, again }))
      const { plan } = run
      const tally: RunTally = {
        read: 0,
        marked: 0,
        pages: 0,
        syncedAt: undefined,
        more: false,
        verification: undefined,
      }
      const exit = yield* Effect.exit(restore(pullAndCompare(plan, run, { ...options, inFlight }, tally)))
      // The table's error does not say where a defect arose.
      if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) yield* Effect.logError("defect", exit.cause)
      const failure = Exit.isSuccess(exit)
        ? undefined
        : toError(exit.cause).at({ source: plan.source, table: formatTableName(plan.table.name) })
      const error = failure?.describe()
      const retry =
        failure === undefined
          ? undefined
          : goesOn.has(failure.code)
            ? { at: (yield* Clock.currentTimeMillis) + (yield* backoff(run.failures + 1, undefined)) }
            : yield* retryOf(failure, run.failures + 1, options.fingerprint)
      const { read, pages, syncedAt, more } = tally
      const counts = yield* run.finish({ read, pages, syncedAt, more, error, retry })
      if (Exit.hasInterrupts(exit)) return yield* Effect.interrupt
      const { verification } = tally
      return {
        ...(verification === undefined ? {} : { verification }),
        table: plan.into,
        read,
        written: counts.written,
        unchanged: Math.max(0, read - counts.written - counts.rejected - tally.marked),
        deleted: counts.deleted,
        rejected: counts.rejected,
        pages,
        more,
        durationMs: (yield* Clock.currentTimeMillis) - startedAt,
        error,
      }
    }),
  )
})

/**
 * Failures that wait for nobody although they are not retryable by themselves: the next run meets a table whose columns
 * changed in mid-run as it is then, and what the guard stops is the deletions alone.
 */
const goesOn: ReadonlySet<Code> = new Set(["column-missing", "schema-changed", "delete-guard"])

/** When a table that failed so often in a row is tried again. */
export const retryOf = (error: ConnectorError, failures: number, blockedBy: string): Effect.Effect<Retry> =>
  Effect.gen(function* () {
    if (!error.isRetryable && !isOfSource(error.code)) return { blockedBy }
    return { at: (yield* Clock.currentTimeMillis) + (yield* backoff(failures, error.retryAfter)) }
  })

const toError = (cause: Cause.Cause<ConnectorError>): ConnectorError => {
  const failure = Result.getOrUndefined(Cause.findError(cause))
  if (failure !== undefined) return failure
  return Cause.hasInterrupts(cause)
    ? new ConnectorError({ code: "unknown", message: "The run was stopped before its end." })
    : new ConnectorError({ code: "unknown", message: "The run failed by a defect of this program." })
}

/** Pulls, and once all is pulled compares with the source what is due to be compared: keys, then all values. */
const pullAndCompare = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, options: RunOptions, tally: RunTally) {
  const position = yield* pull(plan, run.position, run, options, tally)
  if (run.swap !== undefined) {
    if (tally.more) return
    // Until the new replica is swapped in, readers see the old one, which is as old as it was.
    const { syncedAt } = tally
    tally.syncedAt = undefined
    yield* run.swap
    tally.syncedAt = syncedAt
    return
  }
  // What a first load brings is fresh: the run after it begins to compare.
  if (tally.more || run.position === undefined) return
  let current = position
  if (yield* isReconcileDue(plan, run)) {
    const { deadline } = options
    const every = plan.deletes.kind === "reconcile" ? plan.deletes.every : 0
    tally.more = yield* reconcile({ plan, run, position, every, deadline }, run.reconciliation)
    if (tally.more) return
  }
  const state = yield* wantedVerification(plan, run, options.verify)
  if (state === undefined) return
  const verified = yield* verify(
    {
      plan,
      run,
      deadline: options.deadline,
      position: () => current,
      // Another sweep: of transactions that began since the run did, it must know that they are in flight.
      pull: Effect.gen(function* () {
        current = yield* pull(plan, current, run, { ...options, inFlight: yield* askInFlight }, tally)
      }),
    },
    state,
  )
  const keys = yield* run.differences(undefined, maxNamed)
  const { checked, repaired } = verified.state
  tally.more = !verified.isComplete
  tally.verification = {
    complete: verified.isComplete,
    checked,
    repaired,
    differing: yield* run.countDifferences,
    keys,
  }
})

const isReconcileDue = Effect.fnUntraced(function* ({ deletes }: Plan, run: SinkRun) {
  if (deletes.kind !== "reconcile") return false
  return run.reconciliation !== undefined || (yield* isPast(run.reconciledAt, deletes.every))
})

/** Whether something was last done so long ago, or as the clock was before it was set back. */
const isPast = (last: number | undefined, every: number): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => last === undefined || last > now || now - last >= every)

/** The verification to go on with or to begin, where one is asked for or due. */
const wantedVerification = Effect.fnUntraced(function* (plan: Plan, run: SinkRun, asked: RunOptions["verify"]) {
  if (run.verification !== undefined) return { ...run.verification, repair: asked?.repair ?? run.verification.repair }
  const isDue = plan.verifyEvery !== undefined && (yield* isPast(run.verificationEndedAt, plan.verifyEvery))
  return asked !== undefined || isDue ? yield* beginVerification(asked?.repair ?? false) : undefined
})

/** How many differing rows an answer names. */
const maxNamed = 1000

interface RunOptions extends PullOptions {
  readonly verify: { readonly repair: boolean } | undefined
}
