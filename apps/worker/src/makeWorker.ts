import { ReplicationPlugin, type ReplicationOptions } from "@starbase-replication/plugin"
import { answer, corsHeaders } from "./answer.ts"
import { makeApp } from "./app.ts"
import { authenticate } from "./auth.ts"
import type { Env } from "./Env.ts"
import { externalSource } from "./external.ts"
import { makeReplicaObject, replicationOptions } from "./makeReplicaObject.ts"
import type { DataSource } from "./plugin.ts"

const openReplica = (env: Env) => {
  const id = env.REPLICA.idFromName("replica")
  const isPlaced = env.REGION !== undefined && env.REGION !== "" && env.REGION !== "auto"
  return env.REPLICA.get(id, isPlaced ? { locationHint: env.REGION as DurableObjectLocationHint } : {})
}

const openDataSource = async (
  replica: ReturnType<typeof openReplica>,
  env: Env,
  executionContext: ExecutionContext,
): Promise<DataSource> => {
  const external = externalSource(env)
  return {
    rpc: await replica.init(),
    source: "internal",
    ...(external === undefined ? {} : { external }),
    executionContext,
  }
}

/** What an operator asks for may have made something due. */
const mayMakeDue = (request: Request): boolean =>
  request.method === "POST" && /^\/replicate(?:\/|$)/.test(new URL(request.url).pathname)

/**
 * The Worker over a choice of connectors, and the class of its Durable Object; an entry file exports both. As in
 * StarbaseDB, plugins and routes are made anew for each request.
 */
export const makeWorker = (connectors: ReplicationOptions["connectors"]) => {
  const worker = {
    async fetch(request, env, ctx) {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: corsHeaders })
      const authentication = await authenticate(request, env)
      if ("error" in authentication) return answer({ error: authentication.error }, authentication.status)
      const replica = openReplica(env)
      const app = await makeApp({
        replica,
        config: { role: authentication.role, features: { allowlist: false, rls: false } },
        dataSource: await openDataSource(replica, env, ctx),
        plugins: [new ReplicationPlugin(replicationOptions(env, connectors))],
      })
      const response = await app.fetch(request)
      if (authentication.role === "admin" && mayMakeDue(request)) ctx.waitUntil(replica.wakeNow())
      return response
    },

    /** Has the object run what is due. What failed stands in the log, and in the status of its table. */
    async scheduled(_controller, env) {
      await openReplica(env).runDue()
    },
  } satisfies ExportedHandler<Env>
  return { worker, ReplicaObject: makeReplicaObject(connectors) }
}
