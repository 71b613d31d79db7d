import type { Connector, ConnectorError, TableResult } from "@starbase-replication/core"
import * as Effect from "effect/Effect"
import { answer, errorAnswer } from "./internal/answer.ts"
import { makeOperations } from "./internal/operations.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
import type { StarbaseApp, StarbaseContext, StarbaseDataSource } from "./Starbase.ts"

/** What the plugin is made with. */
export interface ReplicationOptions {
  /**
   * The replication document, or its JSON text. Its tables may name the source `external`, which is the instance's own
   * external database.
   */
  readonly config: unknown
  /** The connectors that this deployment includes. */
  readonly connectors: ReadonlyArray<Connector>
  /** Where the secrets that the document names are found: the Worker's `env`. A Hyperdrive binding is one, too. */
  readonly secrets?: object
  /** For how long a wake-up or a request may go on reading, in place of the document's own budget. */
  readonly runTime?: string
  /**
   * The address of this instance, such as `https://db.example.com`: StarbaseDB's CronPlugin, which must come after this
   * plugin in the list, then calls it every minute, and what is due is run. The task is written at the first
   * `POST /replicate`.
   */
  readonly cronHost?: string
  /** Whether any request may have what is due run behind it, at most every ten seconds; not without it. */
  readonly onRequest?: boolean
}

/**
 * The StarbaseDB plugin, for admins only. What is not about one table is a GET, so that no table's name can collide with
 * it; `POST /replicate` alone runs them all. A wrong config breaks none of StarbaseDB's own routes: the plugin's answer
 * it with every problem.
 */
export class ReplicationPlugin {
  readonly name = "starbase-replication"
  readonly opts = { requiresAuth: true }
  readonly pathPrefix = "/replicate"
  readonly #operations: ReturnType<typeof makeOperations>
  readonly #options: ReplicationOptions

  constructor(options: ReplicationOptions) {
    mendAsyncResource()
    this.#options = options
    this.#operations = makeOperations(options)
  }

  async register(app: StarbaseApp): Promise<void> {
    const operations = this.#operations
    const behind = (context: StarbaseContext) => runBehind(context, operations.runDue)
    if (this.#options.onRequest === true) {
      app.use("*", async (context, next) => {
        behind(context)
        await next()
      })
    }
    // The tick carries the client's token, and anybody who has it can send one: it is a hint, and runs what is due.
    app.post("/cron/callback", async (context, next) => {
      behind(context)
      await next()
    })
    app.post("/replicate", forAdmins(operations.runAll))
    app.post("/replicate/:table", forAdmins(operations.runOne))
    app.post("/replicate/:table/refresh", forAdmins(operations.refresh))
    app.post("/replicate/:table/verify", forAdmins(operations.verify))
    app.post("/replicate/:table/confirm", forAdmins(operations.confirm))
    app.post("/replicate/:table/pause", forAdmins(operations.pause))
    app.post("/replicate/:table/resume", forAdmins(operations.resume))
    app.post("/replicate/:table/reset", forAdmins(operations.reset))
    app.get("/replicate/status", forAdmins(operations.status))
    app.get("/replicate/check", forAdmins(operations.check))
    app.get("/replicate/config", forAdmins(operations.config))
    app.get("/replicate/history", forAdmins(operations.history))
    app.get("/replicate/metrics", forAdmins(operations.metrics))
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
    return Effect.runPromise(this.#operations.runDue(dataSource))
  }
}

/** Runs what is due behind a request, unless a request of the last seconds has had it done in this isolate. */
const runBehind = (context: StarbaseContext, runDue: ReturnType<typeof makeOperations>["runDue"]): void => {
  const dataSource = context.get("dataSource")
  const now = Date.now()
  if (dataSource.executionContext === undefined || now - lastBehind < behindGap) return
  lastBehind = now
  const run = runDue(dataSource).pipe(
    Effect.catchCause((cause) => Effect.logError("Replication behind a request failed", cause)),
    Effect.runPromise,
  )
  dataSource.executionContext.waitUntil(run)
}

const behindGap = 10_000
let lastBehind = 0

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
