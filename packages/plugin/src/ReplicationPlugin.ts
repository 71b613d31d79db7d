import {
  type Connector,
  type ConnectorError,
  replicate,
  type Selection,
  Sink,
  type TableResult,
  toMillis,
  unknownTable,
} from "@starbase-replication/core"
import { fromRpc, layer } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { answer, errorAnswer, runAnswer } from "./internal/answer.ts"
import { loadConfig } from "./internal/document.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
import { statusOf } from "./internal/status.ts"
import type { StarbaseApp, StarbaseContext, StarbaseDataSource } from "./Starbase.ts"

/** What the plugin is made with. */
export interface ReplicationOptions {
  /**
   * The replication document, or its JSON text. Without `sources` its tables name the source `external`, which is the
   * instance's own external database.
   */
  readonly config: unknown
  /** The connectors that this deployment includes. */
  readonly connectors: ReadonlyArray<Connector>
  /** Where the secrets that the document names are found: the Worker's `env`. */
  readonly secrets?: object
  /** For how long a request may go on reading pages, `20 seconds` without it. */
  readonly runTime?: string
}

/**
 * The StarbaseDB plugin. `POST /replicate` and `POST /replicate/:table` run now, `GET /replicate/status` tells where
 * each table stands, `POST /replicate/:table/refresh` builds a replica anew,
 * `POST /replicate/:table/verify` compares it with its source and with `?repair=true` mends it, `POST /replicate/:table/reset` forgets a table, and `POST /replicate/:table/confirm` allows the
 * deletions that the guard has stopped; all for admins only. A wrong config breaks none
 * of StarbaseDB's own routes: the plugin's answer it with every problem.
 */
export class ReplicationPlugin {
  readonly name = "starbase-replication"
  readonly opts = { requiresAuth: true }
  readonly pathPrefix = "/replicate"
  readonly #options: ReplicationOptions

  constructor(options: ReplicationOptions) {
    mendAsyncResource()
    this.#options = options
  }

  async register(app: StarbaseApp): Promise<void> {
    app.post(
      "/replicate",
      forAdmins((context) => this.#runAll(context)),
    )
    app.post(
      "/replicate/:table",
      forAdmins((context) => this.#runOne(context)),
    )
    app.post(
      "/replicate/:table/reset",
      forAdmins((context) => this.#reset(context)),
    )
    app.post(
      "/replicate/:table/refresh",
      forAdmins((context) => this.#runOne(context, { refresh: true })),
    )
    app.post(
      "/replicate/:table/verify",
      forAdmins((context) => this.#runOne(context, { verify: { repair: context.req.query("repair") === "true" } })),
    )
    app.post(
      "/replicate/:table/confirm",
      forAdmins((context) => this.#confirm(context)),
    )
    app.get(
      "/replicate/status",
      forAdmins((context) => this.#status(context)),
    )
  }

  /** Queries pass unchanged. */
  async beforeQuery<Query extends { readonly sql: string; readonly params?: Array<unknown> }>(query: Query) {
    return query.params === undefined ? { sql: query.sql } : { sql: query.sql, params: query.params }
  }

  /** Results pass unchanged. */
  async afterQuery<Value>(query: { readonly result: Value }): Promise<Value> {
    return query.result
  }

  /**
   * Runs the tables that are due, for a `scheduled()` handler. Rejects with a {@link ConnectorError} where the config is
   * wrong; a table's failure is in its result.
   */
  runDue(dataSource: StarbaseDataSource): Promise<ReadonlyArray<TableResult>> {
    return Effect.runPromise(this.#run(dataSource, "due", false))
  }

  #run(dataSource: StarbaseDataSource, select: Selection, claim: boolean, more: More = {}) {
    const budget = { maxMillis: toMillis(this.#options.runTime ?? "20 seconds") }
    return this.#config(dataSource).pipe(
      Effect.flatMap((config) => replicate(config, { select, budget, claim, ...more })),
      Effect.provide(layer(fromRpc(dataSource.rpc))),
    )
  }

  #config(dataSource: StarbaseDataSource) {
    const { config, connectors, secrets } = this.#options
    return loadConfig({ config, connectors, secrets: secrets ?? {}, external: dataSource.external })
  }

  #runAll(context: StarbaseContext) {
    const due = context.req.query("due") === "true"
    return this.#run(context.get("dataSource"), due ? "due" : "all", !due).pipe(Effect.map(runAnswer))
  }

  #runOne(context: StarbaseContext, more: More = {}) {
    const into = context.req.param("table") ?? ""
    const dataSource = context.get("dataSource")
    return this.#run(dataSource, { into }, true, more).pipe(
      Effect.flatMap((results) => {
        const [result] = results
        if (result === undefined) {
          return Effect.map(this.#config(dataSource), (config) => answer(404, undefined, unknownTable(config, into)))
        }
        if (result.error?.code === "busy") return Effect.succeed(answer(409, { tables: results }, result.error.message))
        return Effect.succeed(runAnswer(results))
      }),
    )
  }

  #reset(context: StarbaseContext) {
    const into = context.req.param("table") ?? ""
    return Effect.flatMap(Sink, (sink) => sink.reset(into)).pipe(
      Effect.as(answer(200, { reset: into })),
      Effect.provide(layer(fromRpc(context.get("dataSource").rpc))),
    )
  }

  #confirm(context: StarbaseContext) {
    const into = context.req.param("table") ?? ""
    return Effect.flatMap(Sink, (sink) => sink.confirm(into)).pipe(
      Effect.map((confirmed) =>
        confirmed
          ? answer(200, { confirmed: into })
          : answer(404, undefined, `No deletions of "${into}" wait to be confirmed.`),
      ),
      Effect.provide(layer(fromRpc(context.get("dataSource").rpc))),
    )
  }

  #status(context: StarbaseContext) {
    const dataSource = context.get("dataSource")
    return Effect.gen({ self: this }, function* () {
      const config = yield* Effect.result(this.#config(dataSource))
      const states = yield* Effect.flatMap(Sink, (sink) => sink.states)
      const tables = statusOf(Result.getOrUndefined(config), states, Date.now())
      const problem = Result.isFailure(config) ? config.failure.describe() : undefined
      return answer(200, { tables, config: problem ?? "ok" }, problem?.message)
    }).pipe(Effect.provide(layer(fromRpc(dataSource.rpc))))
  }
}

/** What a run does beside pulling. */
interface More {
  readonly refresh?: boolean
  readonly verify?: { readonly repair: boolean }
}

const forAdmins =
  (handle: (context: StarbaseContext) => Effect.Effect<Response, ConnectorError>) =>
  (context: StarbaseContext): Promise<Response> =>
    context.get("config").role === "admin"
      ? handle(context).pipe(
          Effect.catch((error) => Effect.succeed(errorAnswer(error))),
          Effect.catchDefect((defect) =>
            Effect.as(
              Effect.logError("Replication failed by a defect; please report it", defect),
              answer(500, undefined, "Replication failed by a defect of its own, which the log shows."),
            ),
          ),
          Effect.runPromise,
        )
      : Promise.resolve(answer(403, undefined, "Replication is for the admin token only."))
