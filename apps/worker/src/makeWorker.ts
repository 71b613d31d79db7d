import { ReplicationPlugin, type ReplicationOptions } from "@starbase-replication/plugin"
import { answer, corsHeaders } from "./answer.ts"
import { makeApp } from "./app.ts"
import { authenticate } from "./auth.ts"
import type { Env } from "./Env.ts"
import { externalSource } from "./external.ts"
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

/**
 * The Worker over a choice of connectors. Its entry file exports `ReplicaObject` beside it. As in StarbaseDB, plugins
 * and routes are made anew for each request.
 */
export const makeWorker = (connectors: ReplicationOptions["connectors"]) => {
  const makePlugin = (env: Env) => new ReplicationPlugin({ config: env.REPLICATION_CONFIG, connectors, secrets: env })

  return {
    async fetch(request, env, ctx) {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: corsHeaders })
      const authentication = await authenticate(request, env)
      if ("error" in authentication) return answer({ error: authentication.error }, authentication.status)
      const replica = openReplica(env)
      const app = await makeApp({
        replica,
        config: { role: authentication.role, features: { allowlist: false, rls: false } },
        dataSource: await openDataSource(replica, env, ctx),
        plugins: [makePlugin(env)],
      })
      return app.fetch(request)
    },

    /** Runs what is due. What failed stands in the log, and in the status of its table. */
    async scheduled(_controller, env, ctx) {
      const results = await makePlugin(env).runDue(await openDataSource(openReplica(env), env, ctx))
      for (const { table, error } of results) {
        if (error !== undefined) console.error(`replication of ${table} failed: ${error.code}: ${error.message}`)
      }
    },
  } satisfies ExportedHandler<Env>
}
