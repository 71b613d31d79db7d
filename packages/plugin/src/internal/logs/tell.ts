import { isOtherRun, type Replicated, type SourceResult, type TableResult } from "@starbase-replication/core/run"
import { type ErrorDescription, Sink } from "@starbase-replication/core/sink"
import * as Effect from "effect/Effect"
import { forHttp } from "../forHttp.ts"
import { type Fields, log } from "./line.ts"
import { countSeen, isTold, omittedBefore } from "./sampling.ts"

/** Logs what a run did: tables that changed or failed, and sources that failed or do again. */
export const tellRun = ({
  tables,
  sources,
}: Pick<Replicated, "tables" | "sources">): Effect.Effect<void, never, Sink> =>
  Effect.gen(function* () {
    yield* Effect.forEach(tables, tellTable, { discard: true })
    yield* Effect.forEach(sources, tellSource, { discard: true })
  })

type Details = NonNullable<TableResult["details"]>

const tellTable = (result: TableResult): Effect.Effect<void, never, Sink> =>
  Effect.gen(function* () {
    const { table, details, verification } = result
    if (details === undefined) return
    const here = { source: details.source, table }
    yield* tellDrift(here, details)
    for (const message of details.cautions) yield* log("warn", "table.caution", { ...here, message })
    if (details.anew !== undefined) yield* log("warn", "table.anew", { ...here, message: `${details.anew}.` })
    if (details.rebuilt) yield* log("info", "table.rebuilt", here)
    if (verification?.complete === true) {
      const { checked, differing, settled, repaired } = verification
      yield* log(differing > 0 ? "warn" : "info", "table.verified", { ...here, checked, differing, settled, repaired })
    }
    yield* tellEnd(result, details)
  })

const tellEnd = Effect.fnUntraced(function* (result: TableResult, details: Details) {
  const { table, read, written, deleted, rejected, pages, more, durationMs, error } = result
  const { source, failedBefore } = details
  const did = { source, table, read, written, deleted, rejected, pages, more, millis: durationMs }
  const failures = failedBefore + 1
  const isFailure = error !== undefined && !isOtherRun(error.code)
  if (isFailure && (yield* isWorthTelling(table, error, failures))) {
    yield* log(error.retryable ? "warn" : "error", "table.failing", {
      ...did,
      failures,
      ...wordsOf(forHttp(error, table)),
      omitted: omittedBefore(failures),
      ...(details.retryAt === undefined ? {} : { retryAt: new Date(details.retryAt).toISOString() }),
    })
  } else if (error === undefined && failedBefore > 0) {
    yield* log("info", "table.recovered", { ...did, failures: failedBefore })
  } else if (written > 0 || deleted > 0 || rejected > 0 || more) {
    yield* log("info", "table.run", error === undefined ? did : { ...did, code: error.code })
  }
})

/** Whether a table's failure is told: at growing distances, and where it is another than the one before. */
const isWorthTelling = (table: string, { code }: ErrorDescription, failures: number) =>
  isTold(failures)
    ? Effect.succeed(true)
    : Effect.flatMap(Sink, (sink) => sink.history({ table, limit: 2 })).pipe(
        Effect.map(([, before]) => before?.error !== undefined && before.error.code !== code),
        // Whatever the log would say, the run's answer must come.
        Effect.orElseSucceed(() => true),
      )

const tellDrift = (here: { readonly source: string; readonly table: string }, { drift, failedBefore }: Details) =>
  Effect.suspend(() => {
    if (drift === undefined) return Effect.void
    const { frozen } = drift
    // A table stays frozen over all its runs, and one that cannot be built anew begins again at each.
    const count = frozen.length > 0 ? countSeen(`${here.source} ${here.table} ${frozen.join()}`) : failedBefore + 1
    if (!isTold(count)) return Effect.void
    const columns = frozen.length > 0 ? { columns: frozen } : {}
    return log("warn", "table.drift", { ...here, ...columns, omitted: omittedBefore(count) })
  })

const tellSource = ({ source, before, failure }: SourceResult): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (failure === undefined) return log("info", "source.up", { source, failures: before?.failures ?? 0 })
    const { error, retryAt } = failure
    const failures = (before?.failures ?? 0) + 1
    if (!isTold(failures) && before?.error.code === error.code) return Effect.void
    return log("error", "source.down", {
      source,
      ...wordsOf(error),
      failures,
      omitted: omittedBefore(failures),
      retryAt: new Date(retryAt).toISOString(),
    })
  })

const wordsOf = ({ code, message, hint }: ErrorDescription): Fields => ({ code, message, hint })
