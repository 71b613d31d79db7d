import {
  type ErrorDescription,
  type Outcome,
  type Plan,
  type Retry,
  Sink,
  type SinkRun,
  type SinkShape,
} from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Fields, log } from "./line.ts"
import { countSeen, isTold, omittedBefore } from "./sampling.ts"

/** Is told up to when a table holds everything, once a run has found out. */
export type OnSynced = (table: string, syncedAt: number) => void

/** A sink that logs what happens to it: runs that did something or failed, and changes of state. */
export const observed = (sink: Layer.Layer<Sink>, onSynced: OnSynced = () => undefined): Layer.Layer<Sink> =>
  Layer.effect(
    Sink,
    Effect.map(Sink, (shape) => observe(shape, onSynced)),
  ).pipe(Layer.provide(sink))

const observe = (sink: SinkShape, onSynced: OnSynced): SinkShape => ({
  ...sink,
  begin: (plan, options) =>
    Effect.gen(function* () {
      const startedAt = yield* Clock.currentTimeMillis
      const run = yield* sink.begin(plan, options)
      yield* noteDrift(plan, run, options.refresh)
      return observeRun({ sink, plan, run, startedAt, onSynced })
    }),
  fail: (table, error, retry) =>
    Effect.gen(function* () {
      const runs = yield* Effect.orElseSucceed(sink.runs, () => [])
      const past = runs.find((run) => run.table === table.into)
      const failures = (past?.failures ?? 0) + 1
      const isWorth = yield* isWorthTelling(sink, table.into, error, failures)
      yield* sink.fail(table, error, retry)
      if (isWorth) {
        yield* failing(error, { source: table.source, table: table.into, failures }, retry)
      }
    }),
  noteSource: (source, failure) =>
    Effect.gen(function* () {
      const known = (yield* sink.sources).find((state) => state.source === source)
      yield* sink.noteSource(source, failure)
      if (failure === undefined) {
        if (known !== undefined) yield* log("info", "source.up", { source, failures: known.failures })
        return
      }
      const { error, retryAt } = failure
      const failures = (known?.failures ?? 0) + 1
      if (!isTold(failures) && known?.error.code === error.code) return
      yield* log("error", "source.down", {
        source,
        ...wordsOf(error),
        failures,
        omitted: omittedBefore(failures),
        retryAt: new Date(retryAt).toISOString(),
      })
    }),
  setPaused: (table, paused) =>
    Effect.tap(sink.setPaused(table, paused), (known) =>
      known ? log("info", paused ? "table.paused" : "table.resumed", { table }) : Effect.void,
    ),
  confirm: (table) =>
    Effect.tap(sink.confirm(table), (known) => (known ? log("info", "table.confirmed", { table }) : Effect.void)),
  reset: (table) => Effect.tap(sink.reset(table), log("info", "table.reset", { table })),
})

interface Observed {
  readonly sink: SinkShape
  readonly plan: Plan
  readonly run: SinkRun
  readonly startedAt: number
  readonly onSynced: OnSynced
}

/** A run, of which the end is logged. */
const observeRun = ({ sink, plan, run, startedAt, onSynced }: Observed): SinkRun => {
  const { source, into: table } = plan
  const here = { source, table }
  const { swap } = run
  return {
    ...run,
    swap: swap === undefined ? undefined : Effect.tap(swap, log("info", "table.rebuilt", here)),
    findings: {
      ...run.findings,
      completeVerification: (state) =>
        Effect.gen(function* () {
          yield* run.findings.completeVerification(state)
          const differing = yield* run.findings.countDifferences
          const { checked, repaired } = state
          yield* log(differing > 0 ? "warn" : "info", "table.verified", { ...here, checked, differing, repaired })
        }),
    },
    finish: (outcome) =>
      Effect.gen(function* () {
        const failures = outcome.error === undefined ? 0 : run.stored.failures + 1
        const { error } = outcome
        const isFailure = error !== undefined && !isOther(error)
        const isWorth = isFailure && (yield* isWorthTelling(sink, table, error, failures))
        const counts = yield* run.finish(outcome)
        if (outcome.syncedAt !== undefined) onSynced(table, outcome.syncedAt)
        const did = {
          ...here,
          read: outcome.read,
          ...counts,
          pages: outcome.pages,
          more: outcome.more,
          millis: (yield* Clock.currentTimeMillis) - startedAt,
        }
        if (isFailure && isWorth) yield* failing(error, { ...did, failures }, outcome.retry)
        else if (error === undefined && run.stored.failures > 0) {
          yield* log("info", "table.recovered", { ...did, failures: run.stored.failures })
        } else if (hasChanged(counts, outcome)) {
          yield* log("info", "table.run", error === undefined ? did : { ...did, code: error.code })
        }
        return counts
      }),
  }
}

const hasChanged = (counts: Effect.Success<ReturnType<SinkRun["finish"]>>, { more }: Outcome): boolean =>
  counts.written > 0 || counts.deleted > 0 || counts.rejected > 0 || more

/** Whether it is another run that stopped this one, which is no failure of the table. */
const isOther = ({ code }: ErrorDescription): boolean => code === "busy" || code === "lease-lost"

/** Whether a table's failure is told: at growing distances, and where it is another than the one before. */
const isWorthTelling = (sink: SinkShape, table: string, { code }: ErrorDescription, failures: number) =>
  isTold(failures)
    ? Effect.succeed(true)
    : sink.history({ table, limit: 1 }).pipe(
        Effect.map(([last]) => last?.error !== undefined && last.error.code !== code),
        // Whatever the log would say, the run must end.
        Effect.orElseSucceed(() => true),
      )

const failing = (error: ErrorDescription, fields: Fields & { readonly failures: number }, retry: Retry | undefined) =>
  log(error.retryable ? "warn" : "error", "table.failing", {
    ...fields,
    ...wordsOf(error),
    omitted: omittedBefore(fields.failures),
    ...(retry !== undefined && "at" in retry ? { retryAt: new Date(retry.at).toISOString() } : {}),
  })

const wordsOf = ({ code, message, hint }: ErrorDescription): Fields => ({ code, message, hint })

/** A run that goes on with fewer columns, or builds the replica anew although nobody asked for it, met another table. */
const noteDrift = (asked: Plan, run: SinkRun, refresh: boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { source, into: table } = asked
    const kept = new Set(run.plan.columns.map(({ name }) => name))
    const columns = asked.columns.flatMap(({ name }) => (kept.has(name) ? [] : [name]))
    const isFrozen = columns.length > 0
    const isRebuilt = run.swap !== undefined && run.stored.position === undefined && !refresh
    if (!isFrozen && !isRebuilt) return Effect.void
    // A table stays frozen over all its runs, and one that cannot be built anew begins again at each.
    const count = isFrozen ? countSeen(`${source} ${table} ${columns.join()}`) : run.stored.failures + 1
    if (!isTold(count)) return Effect.void
    return log("warn", "table.drift", {
      source,
      table,
      ...(isFrozen ? { columns } : {}),
      omitted: omittedBefore(count),
    })
  })
