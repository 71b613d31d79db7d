import type { WrittenDocument } from "@starbase-replication/core/config"
import type { TableResult } from "@starbase-replication/core/run"
import type { Connector } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import { runBehind } from "./internal/behind.ts"
import { type ReplicaOf, serveFeed } from "./internal/feed.ts"
import { freshness } from "./internal/freshness/middleware.ts"
import { makeOperations } from "./internal/operations.ts"
import { answerPage, pagePath } from "./internal/page/answerPage.ts"
import { otherMethod, pathsOf } from "./internal/routes/methods.ts"
import { routes } from "./internal/routes/routes.ts"
import { run } from "./internal/run.ts"
import { makeOpen, type Open, withProblem } from "./internal/open.ts"
import { mendAsyncResource } from "./internal/runtime.ts"
import { serve } from "./internal/serve.ts"
import { registerTick, tickProblem } from "./internal/tick.ts"
import type { StarbaseApp, StarbaseContext, StarbaseDataSource } from "./Starbase.ts"

/** What the plugin is made with. */
export interface ReplicationOptions<Connectors extends ReadonlyArray<Connector> = ReadonlyArray<Connector>> {
  /**
   * The replication document, or its JSON text. Its tables may name the source `external`, which is the instance's own
   * external database. Whatever it is, it is checked; where there is none, every answer says so.
   */
  readonly config: WrittenDocument<Connectors> | string | undefined
  /** The connectors that this deployment includes. */
  readonly connectors: Connectors
  /** Where the secrets that the document names are found: the Worker's `env`. A Hyperdrive binding is one, too. */
  readonly secrets?: object
  /** For how long a wake-up or a request may go on reading, in place of the document's own budget. */
  readonly runTime?: string
  /**
   * The address of this instance, such as `https://db.example.com`: StarbaseDB's CronPlugin, which must come after this
   * plugin in the list, then calls it every minute, and what is due is run. The task is written at the first
   * `POST /replicate`. In the other order it is answered as a wrong config is.
   */
  readonly cronHost?: string
  /**
   * Whether any request but those for this plugin may have what is due run behind it, at most every ten seconds; not
   * without it.
   */
  readonly onRequest?: boolean
  /** Whether there is a page for operators at `/replicate/ui`; there is without it. */
  readonly ui?: boolean
  /**
   * Who asks to replicate from here, where it is not the admin: a tenant, or one who gets all. It decides whose rows are sent, so
   * it must go by a secret that the request proves. Without it, nobody but the admin replicates from here over HTTP.
   */
  readonly replicaOf?: ReplicaOf
  /**
   * Which database this is for, where one process serves several: what it remembers of the runs of one is told of no other.
   */
  readonly instance?: string
}

const prefix = "/replicate"

/**
 * The StarbaseDB plugin, for admins only but for the page, which says nothing of the instance. What is not about one table is a GET, so that no table's name can collide with
 * it; `POST /replicate` alone runs them all. A wrong config breaks none of StarbaseDB's own routes: the plugin's answer
 * it with every problem.
 */
export class ReplicationPlugin<const Connectors extends ReadonlyArray<Connector> = ReadonlyArray<Connector>> {
  readonly name = "starbase-replication"
  /**
   * StarbaseDB lets requests through without a token whose path matches `pathPrefix`, taken as a regular expression. The
   * page alone is such: a browser that opens it brings none. `POST /replicate/ui`, for a table of that name, comes without
   * a role then, and is turned away here as any other that is not the admin's.
   */
  readonly opts: { readonly requiresAuth: boolean }
  readonly pathPrefix: string
  readonly #open: Open
  readonly #options: ReplicationOptions<Connectors>

  constructor(options: ReplicationOptions<Connectors>) {
    mendAsyncResource()
    this.#options = options
    this.#open = makeOpen(options)
    const hasPage = options.ui !== false
    this.opts = { requiresAuth: !hasPage }
    this.pathPrefix = hasPage ? `${pagePath}$` : prefix
  }

  async register(app: StarbaseApp): Promise<void> {
    const { cronHost, onRequest, replicaOf } = this.#options
    const problem = tickProblem(app, cronHost)
    const open = problem === undefined ? this.#open : withProblem(this.#open, problem)
    if (onRequest === true) {
      app.use("*", async (context, next) => {
        // An operator's own request would find its tables held by the run behind it, or by that of the one before.
        if (!this.#isOwn(context)) runBehind(context, open)
        await next()
      })
    }
    registerTick(app, open)
    const fresh = freshness(open)
    for (const path of ["/query", "/query/raw"]) app.post(path, fresh)
    const operations = makeOperations(cronHost)
    const active = routes.filter(({ name }) => name !== "ui" || this.#options.ui !== false)
    for (const route of active) {
      if (route.name === "ui") app.get(route.path, async () => answerPage())
      else if (route.name === "feed") app.post(route.path, (context) => serveFeed(route, context, replicaOf))
      else {
        const operation = operations[route.name]
        app[route.method](route.path, (context) => serve(route, operation, context, open))
      }
    }
    // Behind all of them, so that what comes here knows another method.
    for (const path of pathsOf(active)) app.use(path, otherMethod(active))
  }

  #isOwn({ req }: StarbaseContext): boolean {
    const { pathname } = new URL(req.raw.url)
    return pathname === prefix || pathname.startsWith(`${prefix}/`)
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
    const due = Effect.flatMap(this.#open(dataSource), (opened) =>
      Effect.provide(run(opened, { select: "due", claim: false }), opened.log),
    )
    return Effect.runPromise(due)
  }
}
