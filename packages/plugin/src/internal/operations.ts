import type { ReplicationConfig, Schedule } from "@starbase-replication/core/config"
import { check, dropLog, type Past, readLogs, readPast, unknownTable, withLogs } from "@starbase-replication/core/run"
import { type ConnectorError, Sink, type SinkShape } from "@starbase-replication/core/sink"
import { fromRpc, journal } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { StarbaseContext } from "../Starbase.ts"
import { checkReply, done, notFound, oneRunReply, runReply } from "./answer.ts"
import { dayOf, onBilled } from "./billed.ts"
import { registerCronTask } from "./cronTask.ts"
import { changesOf } from "./finding.ts"
import { type Event, log } from "./logs/line.ts"
import { allLooks, standingLooks } from "./looked.ts"
import { metricsOf } from "./metrics.ts"
import { hubOf } from "./hub.ts"
import type { Opened } from "./open.ts"
import { withFullStorage } from "./overdue.ts"
import { makeOpenApi } from "./routes/openapi.ts"
import { defaultLimit, type OperationName } from "./routes/routes.ts"
import { run, type RunOptions } from "./run.ts"
import type { Operation } from "./serve.ts"
import { sourcesOf } from "./sources.ts"
import { iso } from "./iso.ts"
import { databaseBytes, historyOf, limitBytes, statusOf } from "./status.ts"
import { statusTag } from "./statusTag.ts"
import { version } from "./version.ts"
import { allLive } from "./watch.ts"

const journalOf = ({ dataSource }: Opened) => journal(fromRpc(dataSource.rpc, onBilled))

/** What was asked for of which table, and how much of it. */
const wantedOf = ({ req }: StarbaseContext) => ({
  table: req.query("table"),
  limit: Number(req.query("limit") ?? defaultLimit),
})

const tableOf = (context: StarbaseContext): string => context.req.param("table") ?? ""

const repairs = ({ req }: StarbaseContext): boolean => req.query("repair") === "true"

/** What the plugin's routes do, apart from who may ask. */
export const makeOperations = (
  cronHost: string | undefined,
): Readonly<Record<Exclude<OperationName, "feed" | "ui">, Operation>> => {
  const runAll: Operation = (context, opened) => {
    const due = context.req.query("due") === "true"
    return Effect.andThen(
      registerCronTask(opened.dataSource.rpc, cronHost),
      Effect.map(run(opened, { select: due ? "due" : "all", claim: !due }), runReply),
    )
  }

  const runOne =
    (
      more: (context: StarbaseContext) => Partial<RunOptions> = () => ({}),
      noted: (context: StarbaseContext) => string | undefined = () => undefined,
    ): Operation =>
    (context, opened) =>
      Effect.gen(function* () {
        const into = tableOf(context)
        const [result] = yield* run(opened, { select: { into: [into] }, claim: true, ...more(context) })
        const did = noted(context)
        if (did !== undefined && result !== undefined) yield* Effect.ignore(journalOf(opened).note(into, did))
        return result === undefined ? notFound(unknownTable(yield* opened.config, into)) : oneRunReply(result)
      })

  /** Does something with one table in the sink that tells whether the table is known, and logs it. */
  const steer =
    (
      act: (sink: SinkShape, into: string) => Effect.Effect<boolean, ConnectorError>,
      field: string,
      noted: string,
      event: Event,
      unknown: (into: string) => string,
    ): Operation =>
    (context, opened) =>
      Effect.gen(function* () {
        const into = tableOf(context)
        if (!(yield* act(yield* Sink, into))) return notFound(unknown(into))
        yield* log("info", event, { table: into })
        // It is done, whether or not it can be noted.
        yield* Effect.ignore(journalOf(opened).note(into, noted))
        return done({ [field]: into })
      }).pipe(Effect.provide(opened.sink))
  const neverRan = (into: string) => `No run of "${into}" is known yet.`

  const standing = ({ config: asked, dataSource, sink, instance }: Opened) =>
    Effect.gen(function* () {
      const config = yield* Effect.result(asked)
      const holding = Result.getOrUndefined(config)
      const looks = yield* allLooks(dataSource, instance)
      const live = yield* allLive(dataSource, instance)
      const past = withLogs(yield* readPast, yield* readLogs)
      const states = yield* (yield* Sink).states
      const now = yield* Clock.currentTimeMillis
      const noted = statusOf(holding, { states, past, looks: standingLooks(past, now, looks), live }, now)
      const bytes = yield* databaseBytes(dataSource.rpc)
      // Last of all: where it is full, the attempt may end the object, which begins anew with the next request.
      const tables = yield* withFullStorage(noted, dataSource, now)
      return { config, tables, sources: sourcesOf(holding, past, now), databaseBytes: bytes, live, now }
    }).pipe(Effect.provide(sink))

  const status: Operation = (context, opened) =>
    Effect.gen(function* () {
      const { config, live, now, ...rest } = yield* standing(opened)
      const hub = yield* hubOf(Result.getOrUndefined(config)).pipe(Effect.provide(opened.sink))
      const problem = Result.isFailure(config) ? config.failure.describe() : undefined
      const day = dayOf(now)
      const stored = yield* journalOf(opened).billed(day)
      const pending = live.flatMap(({ billed }) => billed.filter((one) => one.day === day))
      const sum = (field: "read" | "written") => pending.reduce((total, one) => total + one[field], stored[field])
      const result = {
        ...rest,
        hub,
        limitBytes,
        billed: { day, rowsRead: sum("read"), rowsWritten: sum("written") },
        at: iso(now),
        version,
        config: problem ?? "ok",
      }
      const etag = yield* statusTag(result)
      if (context.req.header("if-none-match") === etag) return { status: 304, headers: { etag } }
      return { ...done(result), error: problem?.message, headers: { etag } }
    })

  const checkAll: Operation = (_context, { config, sink }) =>
    Effect.map(Effect.provide(Effect.flatMap(config, check), sink), checkReply)

  const history: Operation = (context, opened) =>
    Effect.gen(function* () {
      const wanted = wantedOf(context)
      const runs = yield* (yield* Sink).history(wanted)
      const events = yield* journalOf(opened).events(wanted)
      return done({ runs: historyOf(runs), events: events.map((one) => ({ ...one, at: iso(one.at) })) })
    }).pipe(Effect.provide(opened.sink))

  const rejects: Operation = (context, opened) =>
    Effect.map(journalOf(opened).rejects(wantedOf(context)), (found) =>
      done({ rejects: found.map((one) => ({ ...one, column: one.column ?? null, at: iso(one.at) })) }),
    )

  const differences: Operation = (context, opened) =>
    Effect.map(journalOf(opened).differences(wantedOf(context)), (found) => done({ differences: found }))

  return {
    runAll,
    runOne: runOne(),
    refresh: runOne(
      () => ({ refresh: true }),
      () => "refresh",
    ),
    verify: runOne(
      (context) => ({ verify: { repair: repairs(context) } }),
      (context) => (repairs(context) ? "repair" : "verify"),
    ),
    reset: steer((sink, into) => sink.reset(into), "reset", "reset", "table.reset", neverRan),
    confirm: steer(
      (sink, into) => sink.confirm(into),
      "confirmed",
      "confirm",
      "table.confirmed",
      (into) => `No deletions of "${into}" wait to be confirmed.`,
    ),
    pause: steer((sink, into) => sink.setPaused(into, true), "paused", "pause", "table.paused", neverRan),
    resume: steer((sink, into) => sink.setPaused(into, false), "resumed", "resume", "table.resumed", neverRan),
    status,
    check: checkAll,
    config: (_context, { config, sink }) =>
      Effect.gen(function* () {
        const past = withLogs(yield* readPast, yield* readLogs)
        return done(describeConfig(yield* config, past))
      }).pipe(Effect.provide(sink)),
    history,
    rejects,
    differences,
    metrics: (_context, opened) =>
      Effect.map(standing(opened), ({ tables, sources, databaseBytes: bytes }) => ({
        status: 200,
        body: metricsOf(tables, sources, bytes),
      })),
    dropSlot: (context, { config: asked, sink }) =>
      Effect.gen(function* () {
        const source = context.req.param("source") ?? ""
        const slot = yield* dropLog(yield* asked, source)
        if (slot === undefined) return notFound(`no source "${source}" whose log is read`)
        yield* log("warn", "log.dropped", { source })
        return done(slot === null ? { dropped: null, note: nothingKept } : { dropped: slot })
      }).pipe(Effect.provide(sink)),
    openapi: () => Effect.succeed({ status: 200, body: JSON.stringify(makeOpenApi()) }),
  }
}

const nothingKept =
  "This source keeps its log for nobody, so that there is no slot to drop. Where its log was read up to is forgotten."

/** The config as it holds, without how to open its sources. */
const wayIn = ({ runs, logs }: Past, into: string) => {
  const run = runs.get(into)
  return run === undefined ? null : changesOf(run, logs)
}

const describeConfig = (
  { types, tables, wildcards, mask, limits, budget, freshness, log, logs }: ReplicationConfig,
  past: Past,
) => ({
  sources: Object.fromEntries(types),
  tables: [
    ...tables.map((table) => ({ ...describeSchedule(table), changes: wayIn(past, table.into) })),
    ...wildcards.map((table) => ({ ...describeSchedule(table), changes: null })),
  ],
  mask: mask ?? null,
  limits: Object.fromEntries(limits),
  budget,
  freshness: freshness ?? null,
  log,
  logs: Object.fromEntries(Array.from(logs, ([source, { every }]) => [source, { everyMs: every }])),
})

/** A table's config with its schedule in words, and its masks as they are written. */
const describeSchedule = <T extends { readonly schedule: Schedule; readonly masks?: unknown; readonly log?: unknown }>({
  schedule,
  masks: _masks,
  log: _log,
  ...rest
}: T) => ({
  ...rest,
  schedule: schedule.kind === "cron" ? { cron: schedule.text } : { everyMs: schedule.millis },
})
