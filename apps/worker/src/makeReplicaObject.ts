import { lastLooks, type Live, live, type Look, wakeUp, type ReplicationOptions } from "@starbase-replication/plugin"
import * as Hash from "effect/Hash"
import { AlarmDriver, type Results } from "./AlarmDriver.ts"
import type { Env } from "./Env.ts"
import { externalSource } from "./external.ts"
import { type OpenReplica, ReplicaObject } from "./ReplicaObject.ts"
import { Fleet } from "./replicas/Fleet.ts"
import { hubId } from "./replicas/objects.ts"
import { replicasIn } from "./replicas/replicasIn.ts"
import type { Place, Pulled } from "./replicas/Pulled.ts"
import { Replica } from "./replicas/Replica.ts"

/** How a run is configured in a deployment: by what its code says, or else by its variable. */
export const replicationOptions = (
  env: Env,
  connectors: ReplicationOptions["connectors"],
  config: ReplicationOptions["config"] = env.REPLICATION_CONFIG,
): ReplicationOptions => ({
  config,
  connectors,
  secrets: env,
  ui: hasPage(env),
})

/** Whether there is a page for operators. */
export const hasPage = ({ REPLICATION_UI }: Env): boolean => REPLICATION_UI !== "off"

/**
 * The object that pulls the sources, and keeps itself up to date: its alarm runs what is due, here in the object, where the
 * rows are written. Without a config, or with `REPLICATION_ALARM` off, it leaves its alarm to others. Any other object of the
 * class is a replica of it, and is told nothing of the sources.
 */
export const makeReplicaObject = (
  connectors: ReplicationOptions["connectors"],
  config?: ReplicationOptions["config"],
): new (ctx: DurableObjectState, env: Env) => ReplicaObject =>
  class extends ReplicaObject {
    readonly #driver: AlarmDriver
    readonly #replica: Replica
    readonly #fleet: Fleet | undefined
    #instance = ""

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      const { REPLICATION_ALARM } = env
      const isHub = ctx.id.equals(hubId(env))
      const external = isHub ? externalSource(env) : undefined
      const rpc = { executeQuery: this.executeQuery.bind(this) }
      const own = replicationOptions(env, connectors, config)
      const options = isHub ? own : { ...own, config: undefined, secrets: {} }
      this.#replica = new Replica(ctx, env, rpc.executeQuery)
      this.#fleet = isHub ? new Fleet(ctx.storage.sql, () => replicasIn(own.config), env.REPLICA_QUEUE) : undefined
      this.#driver = new AlarmDriver(ctx.storage, {
        isOn: options.config !== undefined && REPLICATION_ALARM !== "off",
        config: String(Hash.string(JSON.stringify([options.config ?? null, external ?? null]))),
        wakeUp: async (memory, stop) => {
          const woken = await wakeUp(options, { rpc, external }, memory, stop)
          if (woken.results.some(({ deleted, written }) => written > 0 || deleted > 0)) await this.#fleet?.changed()
          return woken
        },
      })
    }

    override init() {
      if (this.#fleet === undefined) throw new Error("This object is a replica's: it is opened by its name.")
      this.ctx.waitUntil(this.#driver.keepArmed())
      return super.init()
    }

    override get fleet(): Fleet {
      if (this.#fleet === undefined) throw new Error("This object is not the hub's.")
      return this.#fleet
    }

    override async open(name: string, made?: number): Promise<OpenReplica | undefined> {
      const number = await this.#replica.admit(name, made)
      if (number === undefined) return undefined
      this.#instance = name
      const check = () => this.#replica.check(number)
      return {
        ...super.init(),
        made: number,
        executeQuery: async (query) => {
          check()
          return this.executeQuery(query)
        },
        run: async (query) => {
          check()
          return this.run(query)
        },
        fresh: async (maxStaleness, wait) => {
          const outcome = await this.#replica.fresh(maxStaleness, Date.now() + wait)
          return outcome === "gone" ? undefined : ((await this.#replica.freshAt()) ?? 0)
        },
      }
    }

    override async pullReplica(name: string, made: number, place?: Place): Promise<Pulled> {
      if ((await this.#replica.admit(name, made)) === undefined) return "gone"
      if (place !== undefined) return this.#replica.has(place) ? "done" : this.#replica.pull()
      this.#replica.tellAgain()
      return this.#replica.pull()
    }

    override async refreshReplica(name: string, made: number): Promise<Pulled> {
      return (await this.#replica.admit(name, made)) === undefined ? "gone" : this.#replica.refresh()
    }

    override async destroyReplica(name: string, made: number): Promise<void> {
      await this.#replica.destroy(name, made)
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      await this.#driver.ring(info)
    }

    override async wakeNow(): Promise<void> {
      await this.#driver.wakeNow()
      // What was asked for may have run elsewhere than here.
      await this.#fleet?.changed()
    }

    override async endRuns(): Promise<void> {
      await this.#driver.end()
    }

    override async lastLooks(): Promise<ReadonlyArray<Look>> {
      return lastLooks(this.#instance)
    }

    override async live(): Promise<Live> {
      return live(this.#instance)
    }

    override runDue(): Promise<Results> {
      return this.#driver.run()
    }
  }
