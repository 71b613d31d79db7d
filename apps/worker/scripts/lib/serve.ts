import { once } from "node:events"
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { Log, LogLevel, Miniflare, type WorkerdStructuredLog } from "miniflare"
import { UserError } from "./fail.ts"
import { makeLocate } from "./locate.ts"
import { withoutSignalListeners } from "./signal.ts"

const host = "127.0.0.1"

/** What a served Worker is given. */
export interface ServeOptions {
  /** The bundle of an entry. */
  readonly bundle: string
  /** The replication document, or its text. */
  readonly config?: unknown
  readonly adminToken: string
  readonly clientToken: string
  /** Variables and secrets by name. */
  readonly variables?: Readonly<Record<string, unknown>>
  /** 0 or none takes a free one. */
  readonly port?: number
  /** Where the replica is kept; without it, nowhere once the Worker is stopped. */
  readonly data?: string
  /** Whether it has the queue and the workflow of a hub with many replicas. */
  readonly hasFleet?: boolean
  /** Each line that the Worker logs, with places in the code by their source files. */
  readonly onLog?: (line: string) => void
}

/** A Worker that is served. */
export interface Served {
  readonly url: URL
  readonly miniflare: Miniflare
  /** Calls the Worker's `scheduled()`, as a Cron Trigger would. */
  readonly scheduled: () => Promise<void>
  /** Ends the run that the alarm has under way at its next page, waits for that, and has no other begin. */
  readonly endRuns: () => Promise<void>
  /** Stops the runtime and removes what was temporary. */
  readonly stop: () => Promise<void>
}

const name = "starbase-replication"

/** What a hub with many replicas is bound to, as wrangler's config binds it. */
const fleet = {
  triggers: [
    { type: "queue", name: "starbase-replication-hints", maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 20 },
  ],
  exports: { ReplicaWorkflow: { type: "workflow", name: "starbase-replication-sweeps" } },
  env: {
    REPLICA_QUEUE: { type: "queue", name: "starbase-replication-hints" },
    REPLICA_WORKFLOW: {
      type: "workflow",
      name: "starbase-replication-sweeps",
      worker: name,
      exportName: "ReplicaWorkflow",
    },
  },
} as const

const binding = (value: unknown) =>
  typeof value === "string" ? ({ type: "text", value } as const) : ({ type: "json", value } as const)

const readBundle = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8")
  } catch {
    throw new UserError(`There is no bundle at ${path}; make it with: pnpm --filter @starbase-replication/worker build`)
  }
}

/** Fails in plain words where the runtime could not listen, which it would tell in its own. */
const checkPort = async (port: number) => {
  const probe = createServer().listen(port, host)
  try {
    await once(probe, "listening")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UserError(
      `Port ${port} ${code === "EADDRINUSE" ? "is in use; choose another with --port" : `cannot be used (${code})`}.`,
    )
  }
  probe.close()
  await once(probe, "close")
}

/** Serves a bundled Worker in workerd on this machine alone. Nothing is sent anywhere and no update is looked for. */
export const serve = async (options: ServeOptions): Promise<Served> => {
  const contents = await readBundle(options.bundle)
  if (options.port) await checkPort(options.port)
  const scratch = await mkdtemp(join(tmpdir(), "starbase-replication-"))
  const data = options.data ?? join(scratch, "data")
  await mkdir(data, { recursive: true })
  const module = basename(options.bundle)
  const locate = makeLocate(options.bundle)
  const variables = {
    ...options.variables,
    ADMIN_AUTHORIZATION_TOKEN: options.adminToken,
    CLIENT_AUTHORIZATION_TOKEN: options.clientToken,
    ...(options.config === undefined ? {} : { REPLICATION_CONFIG: options.config }),
  }
  const settings = {
    host,
    port: options.port ?? 0,
    resourcePersistencePath: data,
    resourceTmpPath: join(scratch, "tmp"),
    telemetry: { enabled: false },
    enableDevRegistry: false,
    cf: false,
    logRequests: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }: WorkerdStructuredLog) => options.onLog?.(locate(message)),
    workers: [
      {
        config: {
          name,
          compatibilityDate: "2024-09-25",
          compatibilityFlags: ["nodejs_compat_v2"],
          manifest: { mainModule: module, modules: { [module]: { type: "esm", contents } } },
          ...(options.hasFleet === true ? { triggers: [...fleet.triggers] } : {}),
          exports: {
            ReplicaObject: { type: "durable-object" as const, storage: "sqlite" as const },
            ...(options.hasFleet === true ? fleet.exports : {}),
          },
          env: {
            ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, binding(value)])),
            REPLICA: { type: "durable-object" as const, worker: name, exportName: "ReplicaObject" },
            ...(options.hasFleet === true ? fleet.env : {}),
          },
        },
      },
    ],
  }
  // Its own listeners would end the process before a run under way could be finished and the folders removed.
  const miniflare = withoutSignalListeners(() => new Miniflare(settings))
  const stop = async () => {
    await miniflare.dispose()
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    const url = await miniflare.ready
    return {
      url,
      miniflare,
      scheduled: async () => {
        const worker = await miniflare.getWorker()
        await worker.scheduled({ cron: "* * * * *" })
      },
      endRuns: async () => {
        const namespace = await miniflare.getDurableObjectNamespace("REPLICA")
        const replica = namespace.get(namespace.idFromName("replica")) as unknown as Pick<Served, "endRuns">
        await replica.endRuns()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
