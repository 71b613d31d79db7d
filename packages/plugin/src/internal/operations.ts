import type { ReplicationConfig, Schedule } from "@starbase-replication/core/config"
import { check, readPast, unknownTable } from "@starbase-replication/core/run"
import { type ConnectorError, Sink, type SinkShape } from "@starbase-replication/core/sink"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { StarbaseContext } from "../Starbase.ts"
import { checkReply, done, notFound, otherRun, runReply } from "./answer.ts"
import { registerCronTask } from "./cronTask.ts"
import { metricsOf } from "./metrics.ts"
import { makeOpenApi } from "./routes/openapi.ts"
import type { Reply } from "./routes/Route.ts"
import { defaultLimit, type OperationName } from "./routes/routes.ts"
import type { RunOptions, Runner } from "./run.ts"
import { databaseBytes, historyOf, sourcesOf, statusOf } from "./status.ts"

type Operation = (context: StarbaseContext) => Effect.Effect<Reply, ConnectorError>

const tableOf = (context: StarbaseContext): string => context.req.param("table") ?? ""

/** What the plugin's routes do, apart from who may ask. */
export const makeOperations = (
  { inSink, load, run }: Runner,
  cronHost: string | undefined,
): Readonly<Record<OperationName, Operation>> => {
  const runAll: Operation = (context) => {
    const due = context.req.query("due") === "true"
    const dataSource = context.get("dataSource")
    return Effect.andThen(
      registerCronTask(dataSource.rpc, cronHost),
      Effect.map(run(dataSource, { select: due ? "due" : "all", claim: !due }), runReply),
    )
  }

  const runOne =
    (more: (context: StarbaseContext) => Partial<RunOptions> = () => ({})): Operation =>
    (context) =>
      Effect.gen(function* () {
        const into = tableOf(context)
        const dataSource = context.get("dataSource")
        const results = yield* run(dataSource, { select: { into: [into] }, claim: true, ...more(context) })
        const [result] = results
        if (result === undefined) return notFound(unknownTable(yield* load(dataSource), into))
        return result.error !== undefined && otherRun.has(result.error.code)
          ? { status: 409, result: { tables: results }, error: result.error.message }
          : runReply(results)
      })

  /** Does something with one table in the sink that tells whether the table is known. */
  const steer =
    (
      act: (sink: SinkShape, into: string) => Effect.Effect<boolean, ConnectorError>,
      field: string,
      unknown: (into: string) => string,
    ): Operation =>
    (context) => {
      const into = tableOf(context)
      const acted = Effect.flatMap(Sink, (sink) => act(sink, into))
      return Effect.map(inSink(context.get("dataSource"), acted), (known) =>
        known ? done({ [field]: into }) : notFound(unknown(into)),
      )
    }
  const neverRan = (into: string) => `No run of "${into}" is known yet.`

  const standing = (context: StarbaseContext) =>
    Effect.gen(function* () {
      const config = yield* Effect.result(load(context.get("dataSource")))
      const holding = Result.getOrUndefined(config)
      const past = yield* readPast
      const now = yield* Clock.currentTimeMillis
      const tables = statusOf(holding, yield* (yield* Sink).states, past, now)
      const bytes = yield* databaseBytes(context.get("dataSource").rpc)
      return { config, tables, sources: sourcesOf(holding, past, now), databaseBytes: bytes }
    }).pipe((effect) => inSink(context.get("dataSource"), effect))

  const status: Operation = (context) =>
    Effect.map(standing(context), ({ config, ...rest }) => {
      const problem = Result.isFailure(config) ? config.failure.describe() : undefined
      return { ...done({ ...rest, config: problem ?? "ok" }), error: problem?.message }
    })

  const checkAll: Operation = (context) => {
    const dataSource = context.get("dataSource")
    return Effect.map(
      Effect.flatMap(load(dataSource), (config) => inSink(dataSource, check(config))),
      checkReply,
    )
  }

  const history: Operation = (context) => {
    const limit = Number(context.req.query("limit") ?? defaultLimit)
    const table = context.req.query("table")
    const read = Effect.flatMap(Sink, (sink) => sink.history({ table, limit }))
    return Effect.map(inSink(context.get("dataSource"), read), (runs) => done({ runs: historyOf(runs) }))
  }

  return {
    runAll,
    runOne: runOne(),
    refresh: runOne(() => ({ refresh: true })),
    verify: runOne((context) => ({ verify: { repair: context.req.query("repair") === "true" } })),
    reset: steer((sink, into) => sink.reset(into), "reset", neverRan),
    confirm: steer(
      (sink, into) => sink.confirm(into),
      "confirmed",
      (into) => `No deletions of "${into}" wait to be confirmed.`,
    ),
    pause: steer((sink, into) => sink.setPaused(into, true), "paused", neverRan),
    resume: steer((sink, into) => sink.setPaused(into, false), "resumed", neverRan),
    status,
    check: checkAll,
    config: (context) => Effect.map(load(context.get("dataSource")), (config) => done(describeConfig(config))),
    history,
    metrics: (context) =>
      Effect.map(standing(context), ({ tables, sources, databaseBytes: bytes }) => ({
        status: 200,
        body: metricsOf(tables, sources, bytes),
      })),
    openapi: () => Effect.succeed({ status: 200, body: JSON.stringify(makeOpenApi()) }),
  }
}

/** The config as it holds, without how to open its sources. */
const describeConfig = ({ types, tables, wildcards, limits, budget, freshness, log }: ReplicationConfig) => ({
  sources: Object.fromEntries(types),
  tables: [...tables, ...wildcards].map(describeSchedule),
  limits: Object.fromEntries(limits),
  budget,
  freshness: freshness ?? null,
  log,
})

/** A table's config with its schedule in words. */
const describeSchedule = <T extends { readonly schedule: Schedule }>({ schedule, ...rest }: T) => ({
  ...rest,
  schedule: schedule.kind === "cron" ? { cron: schedule.text } : { everyMs: schedule.millis },
})
