import type { Execute } from "@starbase-replication/sink-sqlite"
import { connector as mysql } from "@starbase-replication/source-mysql"
import { connector as postgres } from "@starbase-replication/source-postgres"
import type { Connector } from "@starbase-replication/core/source"
import { Hono } from "hono"
import {
  type Live,
  type Look,
  type ReplicaOf,
  type ReplicationOptions,
  ReplicationPlugin,
  type StarbaseDataSource,
  type StarbaseExternal,
} from "../../src/index.ts"

/** What StarbaseDB sets in the context of each request. */
interface Variables {
  dataSource: StarbaseDataSource
  config: { role: "admin" | "client" }
}

/** What an instance is made with. */
export interface InstanceOptions {
  readonly config: unknown
  readonly secrets?: Record<string, unknown>
  readonly external?: StarbaseExternal
  readonly runTime?: string
  readonly cronHost?: string
  readonly onRequest?: boolean
  /** What listens to the events of a CronPlugin, which is in the list then: after this plugin, or before it. */
  readonly cron?: { readonly onEvent: (name: string) => void; readonly isFirst: boolean }
  /** What the database remembers of its own runs, where it runs what is due. */
  readonly lastLooks?: () => Promise<ReadonlyArray<Look>>
  /** What the database knows of runs under way, where it runs them. */
  readonly live?: () => Promise<Live>
  /** What each statement costs, where the database tells. */
  readonly cost?: { readonly read: number; readonly written: number }
  readonly ui?: boolean
  /** What it replicates from; PostgreSQL without it. */
  readonly connectors?: ReadonlyArray<Connector>
  /** Who replicates from here. */
  readonly replicaOf?: ReplicaOf
  /** Which it is of several that are served here. */
  readonly instance?: string
  /** The instance's alarm, where it has one. */
  readonly alarm?: { at: number | null; sets: number }
}

/** A plugin's answer: its status, and its body in StarbaseDB's form. */
export interface Answer {
  readonly status: number
  // The tests look into results by name; their shape is what is tested.
  readonly result: Record<string, unknown> & { readonly tables: ReadonlyArray<Record<string, unknown>> }
  readonly error: string | undefined
}

/**
 * The plugin as StarbaseDB uses it: app and plugin are made anew for every request, and the database is reached through
 * `rpc.executeQuery` alone.
 */
export const makeInstance = (execute: Execute, options: InstanceOptions) => {
  const {
    config: _config,
    secrets: _secrets,
    external: _external,
    alarm,
    cost,
    cron,
    lastLooks,
    live,
    ...more
  } = options
  const behind: Array<Promise<unknown>> = []
  const send = async (
    method: string,
    path: string,
    role: "admin" | "client" | undefined,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> => {
    const app = new Hono<{ Variables: Variables }>()
    const dataSource: StarbaseDataSource = {
      rpc: {
        executeQuery: async ({ sql, params = [] }) => ({
          columns: [],
          ...(cost === undefined ? {} : { meta: { rows_read: cost.read, rows_written: cost.written } }),
          rows: await execute(
            sql,
            params.map((param) => (param === null ? null : String(param))),
          ),
        }),
        ...(lastLooks === undefined ? {} : { lastLooks }),
        ...(live === undefined ? {} : { live }),
        ...(alarm === undefined
          ? {}
          : {
              getAlarm: async () => alarm.at,
              setAlarm: async (at: number) => {
                alarm.at = at
                alarm.sets += 1
              },
            }),
      },
      external: options.external,
      executionContext: { waitUntil: (promise) => void behind.push(promise) },
    }
    app.use("*", async (context, next) => {
      context.set("dataSource", dataSource)
      // Where StarbaseDB lets a request through without a token, there is no role.
      context.set("config", role === undefined ? ({} as Variables["config"]) : { role })
      await next()
    })
    const plugin = new ReplicationPlugin({
      config: quiet(options.config),
      connectors: [postgres, mysql],
      secrets: options.secrets ?? {},
      ...more,
    })
    if (cron?.isFirst === true) registerCron(app, cron)
    await plugin.register(app)
    if (cron?.isFirst === false) registerCron(app, cron)
    // Where StarbaseDB's own routes, and the CronPlugin's, come after.
    app.all("*", (context) => context.json({ result: "from another handler" }))
    return app.request(path, {
      method,
      headers:
        body === undefined ? headers : { "content-type": "application/json", "content-length": "1000", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  const request = async (
    method: string,
    path: string,
    role: "admin" | "client" = "admin",
    sent?: unknown,
  ): Promise<Answer> => {
    const response = await send(method, path, role, sent)
    const body = (await response.json()) as Pick<Answer, "result" | "error">
    return { status: response.status, result: body.result, error: body.error }
  }
  return {
    post: (path: string, role?: "admin" | "client", sent?: unknown) => request("POST", path, role, sent),
    get: (path: string, role?: "admin" | "client") => request("GET", path, role),
    /** Waits for what was left to run behind requests, and says how much that was. */
    settle: async () => {
      const left = behind.splice(0)
      await Promise.all(left)
      return left.length
    },
    /** An answer as it is, to a request of anybody. */
    send,
    /** The text of `GET /replicate/metrics`. */
    metrics: async () => (await send("GET", "/replicate/metrics", "admin")).text(),
  }
}

/** The callback of StarbaseDB's CronPlugin, which tells those who listen of each task and answers. */
const registerCron = (app: Hono<{ Variables: Variables }>, { onEvent }: NonNullable<InstanceOptions["cron"]>): void => {
  app.post("/cron/callback", async (context) => {
    for (const { name } of await context.req.json<ReadonlyArray<{ name: string }>>()) onEvent(name)
    return context.json({ result: "from the CronPlugin" })
  })
}

/** The log is tested in the Worker; here it would hide what tests say. Tests write wrong documents, too. */
const quiet = (config: unknown): ReplicationOptions["config"] =>
  (typeof config === "object" && config !== null ? { log: "off", ...config } : config) as ReplicationOptions["config"]
