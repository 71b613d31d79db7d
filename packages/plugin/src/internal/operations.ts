import {
  check,
  type Connector,
  type ConnectorError,
  readPast,
  replicate,
  type Schedule,
  type Selection,
  Sink,
  toMillis,
  unknownTable,
} from "@starbase-replication/core"
import { fromRpc, layer } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { StarbaseContext, StarbaseDataSource } from "../Starbase.ts"
import { answer, runAnswer } from "./answer.ts"
import { registerCronTask } from "./cronTask.ts"
import { loadConfig } from "./document.ts"
import { metricsOf } from "./metrics.ts"
import { historyOf, statusOf } from "./status.ts"

/** What the plugin is made with; see `ReplicationOptions`. */
export interface OperationOptions {
  readonly config: unknown
  readonly connectors: ReadonlyArray<Connector>
  readonly secrets?: object
  readonly runTime?: string
  readonly cronHost?: string
}

/** What a run does beside pulling. */
export interface More {
  readonly refresh?: boolean
  readonly verify?: { readonly repair: boolean }
}

/** A table's config with its schedule in words. */
const describeSchedule = <T extends { readonly schedule: Schedule }>({ schedule, ...rest }: T) => ({
  ...rest,
  schedule: schedule.kind === "cron" ? { cron: schedule.text } : { everyMs: schedule.millis },
})

type Handler = (context: StarbaseContext) => Effect.Effect<Response, ConnectorError>

const tableOf = (context: StarbaseContext): string => context.req.param("table") ?? ""

/** What the plugin's routes do, apart from who may ask. */
export const makeOperations = (options: OperationOptions) => {
  const { runTime } = options
  const load = (dataSource: StarbaseDataSource) =>
    loadConfig({ ...options, secrets: options.secrets ?? {}, external: dataSource.external })

  const run = (dataSource: StarbaseDataSource, select: Selection, claim: boolean, more: More = {}) =>
    load(dataSource).pipe(
      Effect.flatMap((config) => {
        const budget = runTime === undefined ? config.budget : { ...config.budget, millis: toMillis(runTime) }
        return replicate(config, { select, budget, claim, ...more })
      }),
      Effect.provide(layer(fromRpc(dataSource.rpc))),
    )

  /** Runs something in the replica's sink. */
  const inSink = <A>(context: StarbaseContext, effect: Effect.Effect<A, ConnectorError, Sink>) =>
    Effect.provide(effect, layer(fromRpc(context.get("dataSource").rpc)))

  const runAll: Handler = (context) => {
    const due = context.req.query("due") === "true"
    const dataSource = context.get("dataSource")
    return Effect.andThen(
      registerCronTask(dataSource.rpc, options.cronHost),
      Effect.map(run(dataSource, due ? "due" : "all", !due), runAnswer),
    )
  }

  const runOne =
    (more: (context: StarbaseContext) => More = () => ({})): Handler =>
    (context) => {
      const into = tableOf(context)
      const dataSource = context.get("dataSource")
      return run(dataSource, { into: [into] }, true, more(context)).pipe(
        Effect.flatMap((results) => {
          const [result] = results
          if (result === undefined) {
            return Effect.map(load(dataSource), (config) => answer(404, undefined, unknownTable(config, into)))
          }
          const { error } = result
          return Effect.succeed(
            error?.code === "busy" ? answer(409, { tables: results }, error.message) : runAnswer(results),
          )
        }),
      )
    }

  const reset: Handler = (context) => {
    const into = tableOf(context)
    return inSink(
      context,
      Effect.flatMap(Sink, (sink) => sink.reset(into)),
    ).pipe(Effect.as(answer(200, { reset: into })))
  }

  const confirm: Handler = (context) => {
    const into = tableOf(context)
    return inSink(
      context,
      Effect.flatMap(Sink, (sink) => sink.confirm(into)),
    ).pipe(
      Effect.map((confirmed) =>
        confirmed
          ? answer(200, { confirmed: into })
          : answer(404, undefined, `No deletions of "${into}" wait to be confirmed.`),
      ),
    )
  }

  const setPaused =
    (paused: boolean): Handler =>
    (context) => {
      const into = tableOf(context)
      return inSink(
        context,
        Effect.flatMap(Sink, (sink) => sink.setPaused(into, paused)),
      ).pipe(
        Effect.map((known) =>
          known
            ? answer(200, { [paused ? "paused" : "resumed"]: into })
            : answer(404, undefined, `No run of "${into}" is known yet.`),
        ),
      )
    }

  const states = (context: StarbaseContext) =>
    Effect.gen(function* () {
      const config = yield* Effect.result(load(context.get("dataSource")))
      const sink = yield* Sink
      const past = yield* readPast
      const now = yield* Clock.currentTimeMillis
      return { config, tables: statusOf(Result.getOrUndefined(config), yield* sink.states, past, now) }
    }).pipe((effect) => inSink(context, effect))

  const status: Handler = (context) =>
    Effect.map(states(context), ({ config, tables }) => {
      const problem = Result.isFailure(config) ? config.failure.describe() : undefined
      return answer(200, { tables, config: problem ?? "ok" }, problem?.message)
    })

  const checkAll: Handler = (context) =>
    load(context.get("dataSource")).pipe(
      Effect.flatMap((config) => inSink(context, check(config))),
      Effect.map((tables) => {
        const failed = tables.filter(({ error }) => error !== undefined)
        const names = failed.map(({ table }) => table).join(", ")
        return failed.length === 0
          ? answer(200, { tables })
          : answer(207, { tables }, `${failed.length} of ${tables.length} tables would fail: ${names}`)
      }),
    )

  const showConfig: Handler = (context) =>
    Effect.map(load(context.get("dataSource")), ({ types, tables, wildcards, limits, budget }) =>
      answer(200, {
        sources: Object.fromEntries(types),
        tables: [...tables, ...wildcards].map(describeSchedule),
        limits: Object.fromEntries(limits),
        budget,
      }),
    )

  const history: Handler = (context) => {
    const asked = Number(context.req.query("limit") ?? 100)
    const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 1000) : 100
    const table = context.req.query("table")
    return inSink(
      context,
      Effect.flatMap(Sink, (sink) => sink.history({ table, limit })),
    ).pipe(Effect.map((runs) => answer(200, { runs: historyOf(runs) })))
  }

  const metrics: Handler = (context) =>
    Effect.map(
      states(context),
      ({ tables }) =>
        new Response(metricsOf(tables), {
          headers: { "content-type": "application/openmetrics-text; version=1.0.0; charset=utf-8" },
        }),
    )

  return {
    runAll,
    runOne: runOne(),
    refresh: runOne(() => ({ refresh: true })),
    verify: runOne((context) => ({ verify: { repair: context.req.query("repair") === "true" } })),
    reset,
    confirm,
    pause: setPaused(true),
    resume: setPaused(false),
    status,
    check: checkAll,
    config: showConfig,
    history,
    metrics,
    /** Runs the tables that are due, without a request. */
    runDue: (dataSource: StarbaseDataSource) => run(dataSource, "due", false),
  }
}
