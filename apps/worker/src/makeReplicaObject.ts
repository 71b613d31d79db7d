import { lastLooks, type Live, live, type Look, wakeUp, type ReplicationOptions } from "@starbase-replication/plugin"
import * as Hash from "effect/Hash"
import { AlarmDriver, type Results } from "./AlarmDriver.ts"
import type { Env } from "./Env.ts"
import { externalSource } from "./external.ts"
import { ReplicaObject } from "./ReplicaObject.ts"

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
 * The replica that keeps itself up to date: its alarm runs what is due, here in the object, where the rows are written.
 * Without a config, or with `REPLICATION_ALARM` off, it leaves its alarm to others.
 */
export const makeReplicaObject = (
  connectors: ReplicationOptions["connectors"],
  config?: ReplicationOptions["config"],
): new (ctx: DurableObjectState, env: Env) => ReplicaObject =>
  class extends ReplicaObject {
    readonly #driver: AlarmDriver

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env)
      const { REPLICATION_ALARM } = env
      const external = externalSource(env)
      const rpc = { executeQuery: this.executeQuery.bind(this) }
      const options = replicationOptions(env, connectors, config)
      this.#driver = new AlarmDriver(ctx.storage, {
        isOn: options.config !== undefined && REPLICATION_ALARM !== "off",
        config: String(Hash.string(JSON.stringify([options.config ?? null, external ?? null]))),
        wakeUp: (memory, stop) => wakeUp(options, { rpc, external }, memory, stop),
      })
    }

    override init() {
      this.ctx.waitUntil(this.#driver.keepArmed())
      return super.init()
    }

    override async alarm(info?: AlarmInvocationInfo): Promise<void> {
      await this.#driver.ring(info)
    }

    override async wakeNow(): Promise<void> {
      await this.#driver.wakeNow()
    }

    override async endRuns(): Promise<void> {
      await this.#driver.end()
    }

    override async lastLooks(): Promise<ReadonlyArray<Look>> {
      return lastLooks()
    }

    override async live(): Promise<Live> {
      return live()
    }

    override runDue(): Promise<Results> {
      return this.#driver.run()
    }
  }
