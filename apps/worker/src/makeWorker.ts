import { pageFor, ReplicationPlugin, type ReplicationOptions } from "@starbase-replication/plugin"
import { answer, corsHeaders } from "./answer.ts"
import { makeApp } from "./app.ts"
import { authenticate, wrongToken } from "./auth.ts"
import type { Env } from "./Env.ts"
import { externalSource } from "./external.ts"
import { followed } from "./followed.ts"
import { hasPage, makeReplicaObject, replicationOptions } from "./makeReplicaObject.ts"
import type { Hint } from "./replicas/hints.ts"
import { isMetrics, withFleet } from "./replicas/metrics.ts"
import { hubOf } from "./replicas/objects.ts"
import { serveToken } from "./replicas/ofToken.ts"
import { takeHints } from "./replicas/queue.ts"
import { replicasIn } from "./replicas/replicasIn.ts"
import { ReplicaWorkflow } from "./replicas/ReplicaWorkflow.ts"
import { route } from "./replicas/route.ts"
import { sweepFor } from "./replicas/sweep.ts"

/** For so long a tick goes on with replicas. */
const sweepMillis = 10_000

/** What an operator asks for may have made something due. */
const mayMakeDue = (request: Request): boolean =>
  request.method === "POST" && /^\/replicate(?:\/|$)/.test(new URL(request.url).pathname)

const withCors = (response: Response): Response => {
  for (const [name, value] of Object.entries(corsHeaders)) response.headers.set(name, value)
  return response
}

/**
 * The Worker over a choice of connectors, and the class of its Durable Object; an entry file exports both. As in
 * StarbaseDB, plugins and routes are made anew for each request. A `config` in the code holds in place of the variable's.
 */
export const makeWorker = <const Connectors extends ReplicationOptions["connectors"]>(
  connectors: Connectors,
  config?: ReplicationOptions<Connectors>["config"],
) => {
  const worker = {
    async fetch(request, env, ctx) {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: corsHeaders })
      // Anybody may have it, and it must not wake the object.
      const page = hasPage(env) ? pageFor(request) : undefined
      if (page !== undefined) return page
      const authentication = await authenticate(request, env)
      if ("error" in authentication) return answer({ error: authentication.error }, authentication.status)
      const { role } = authentication
      const replicas = replicasIn(config ?? env.REPLICATION_CONFIG)
      if (role === "replica") {
        return replicas === undefined
          ? answer({ error: wrongToken.error }, wrongToken.status)
          : withCors(await serveToken(request, authentication.claimed, { env, context: ctx, ...replicas }))
      }
      const routed = replicas && (await route(request, { env, context: ctx, role, replicas }))
      if (routed !== undefined) return withCors(routed)
      const replica = hubOf(env)
      const external = externalSource(env)
      const executionContext = followed(ctx)
      const rpc = await replica.init()
      try {
        const app = await makeApp({
          env,
          replica,
          config: { role, features: { allowlist: false, rls: false } },
          dataSource: { rpc, source: "internal", ...(external === undefined ? {} : { external }), executionContext },
          plugins: [new ReplicationPlugin(replicationOptions(env, connectors, config))],
        })
        const answered = await app.fetch(request)
        const isWhole = replicas === undefined || role !== "admin" || !isMetrics(request)
        const response = withCors(isWhole ? answered : await withFleet(answered, env))
        if (role === "admin" && mayMakeDue(request)) ctx.waitUntil(replica.wakeNow())
        return response
      } finally {
        ctx.waitUntil(executionContext.settled().then(() => rpc[Symbol.dispose]()))
      }
    },

    /** Has the object run what is due. What failed stands in the log, and in the status of its table. */
    async scheduled(_controller, env) {
      await hubOf(env).runDue()
      // What a request has left to do with replicas, where no workflow does it.
      if (env.REPLICA_WORKFLOW === undefined && replicasIn(config ?? env.REPLICATION_CONFIG) !== undefined) {
        await sweepFor(env, sweepMillis)
      }
    },

    async queue(batch, env) {
      await takeHints(batch.messages, env)
    },
  } satisfies ExportedHandler<Env, Hint>
  return { worker, ReplicaObject: makeReplicaObject(connectors, config), ReplicaWorkflow }
}
