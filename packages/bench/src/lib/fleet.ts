import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { bundlePath } from "@starbase-replication/worker/scripts/lib/bundle.ts"
import { type Client, makeClient } from "@starbase-replication/worker/scripts/lib/client.ts"
import { serve } from "@starbase-replication/worker/scripts/lib/serve.ts"
import type { Postgres } from "@starbase-replication/test-servers"
import { usageOf } from "./usage.ts"

/** The part of `GET /replicate/replicas` that is looked at. */
interface Summary {
  readonly seeded: number
  readonly failing: number
  readonly lagSeconds: { readonly max: number | null }
  readonly sweep: { readonly left: number } | null
}

/** A hub with a replica for each tenant, as `start` serves it. */
export interface Fleet {
  readonly hub: Client
  /** Has the hub pull until nothing is left. */
  readonly pull: () => Promise<void>
  readonly summary: () => Promise<Summary>
  /** Waits until the fleet is as it is to be. */
  readonly until: (isSo: (fleet: Summary) => boolean) => Promise<void>
  /** Whether a tenant's replica has a row as it is to be, without being made to ask for it. */
  readonly has: (tenant: number, sql: string) => Promise<boolean>
  /** How much memory the runtime holds, in bytes. */
  readonly residentBytes: () => Promise<number>
  /** How many bytes the databases take. */
  readonly diskBytes: () => Promise<number>
  readonly stop: () => Promise<void>
}

const token = "admin"
const patienceMillis = 1_800_000

/** Starts a hub of one table, whose rows are those of `tenant_id`. */
export const startFleet = async (server: Postgres): Promise<Fleet> => {
  const scratch = await mkdtemp(join(tmpdir(), "bench-fleet-"))
  const data = join(scratch, "data")
  const served = await serve({
    bundle: bundlePath("postgres"),
    data,
    hasFleet: true,
    adminToken: token,
    clientToken: "client",
    config: {
      log: "off",
      sources: { shop: { type: "postgres", url: { secret: "SOURCE" } } },
      tables: [{ source: "shop", table: "orders", every: "1 day" }],
      replicas: { by: { column: "tenant_id" } },
    },
    variables: {
      SOURCE: server.url,
      REPLICATION_ALARM: "off",
      REPLICA_TOKEN_SECRET: "a secret of the benchmark, of no use to anybody",
    },
  })
  const hub = makeClient(served.url, token)
  const summary = async (): Promise<Summary> => {
    const { result, error } = await hub.get<Summary>("/replicate/replicas")
    if (result === undefined) throw new Error(error)
    return result
  }
  return {
    hub,
    pull: async () => {
      for (let isMore = true; isMore;) {
        const results = await hub.replicate()
        const failed = results.find(({ error }) => error !== undefined)
        if (failed !== undefined) throw new Error(failed.error?.message)
        isMore = results.some(({ more }) => more)
      }
    },
    summary,
    until: async (isSo) => {
      const deadline = performance.now() + patienceMillis
      for (;;) {
        const fleet = await summary()
        if (isSo(fleet)) return
        if (performance.now() > deadline)
          throw new Error(`The fleet is still so: ${JSON.stringify(fleet).slice(0, 500)}`)
        await sleep(50)
      }
    },
    has: async (tenant, sql) => {
      const response = await fetch(new URL(`/replicas/tenant%3A${tenant}/query/raw`, served.url), {
        method: "POST",
        headers: {
          Authorization: `Bearer ${token}`,
          "Content-Type": "application/json",
          "X-Replication-Max-Staleness": "1 day",
        },
        body: JSON.stringify({ sql }),
      })
      if (!response.ok) throw new Error(`A replica's query failed: ${await response.text()}`)
      const { result } = (await response.json()) as { readonly result: { readonly rows: ReadonlyArray<unknown> } }
      return result.rows.length > 0
    },
    residentBytes: async () => (await usageOf(await runtimePid())).residentBytes,
    diskBytes: () => sizeOf(data),
    stop: async () => {
      await served.stop()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

/** The runtime is the child of this process that is called so. */
const runtimePid = async (): Promise<number> => {
  const all = await readFile(`/proc/self/task/${process.pid}/children`, "utf8")
  for (const pid of all.trim().split(" ")) {
    if ((await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).startsWith("workerd")) return Number(pid)
  }
  throw new Error("The runtime is not among this process's children.")
}

const sizeOf = async (folder: string): Promise<number> => {
  const names = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
