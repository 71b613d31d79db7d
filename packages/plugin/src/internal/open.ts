import { invalidConfig, type ReplicationConfig } from "@starbase-replication/core/config"
import type { Sink } from "@starbase-replication/core/sink"
import { type Connector, type ConnectorError, DurationText, toMillis } from "@starbase-replication/core/source"
import { fromRpc, layer } from "@starbase-replication/sink-sqlite"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { StarbaseDataSource } from "../Starbase.ts"
import { onBilled } from "./billed.ts"
import { loadConfig } from "./document.ts"
import { logger } from "./logs/logger.ts"

/** What opening an instance needs of the plugin's options; see `ReplicationOptions`. */
export interface OpenOptions {
  readonly config: unknown
  readonly connectors: ReadonlyArray<Connector>
  readonly secrets?: object
  readonly runTime?: string
  readonly instance?: string
}

/** All that one request or wake-up works with. */
export interface Opened {
  readonly dataSource: StarbaseDataSource
  /** The config, or what is wrong with it. */
  readonly config: Effect.Effect<ReplicationConfig, ConnectorError>
  readonly sink: Layer.Layer<Sink>
  /** Sends what is logged where the config says; a wrong one does not turn it off. */
  readonly log: Layer.Layer<never>
  /** Which of those that this isolate serves it is. */
  readonly instance: string
}

/** Opens an instance for one request or wake-up: the document is decoded here and nowhere else. */
export type Open = (dataSource: StarbaseDataSource) => Effect.Effect<Opened>

export const makeOpen =
  (options: OpenOptions): Open =>
  (dataSource) =>
    Effect.map(Effect.exit(load(options, dataSource)), (config) => ({
      dataSource,
      config,
      sink: layer(fromRpc(dataSource.rpc, onBilled)),
      log: logger(Exit.isSuccess(config) ? config.value.log : "json"),
      instance: options.instance ?? "",
    }))

/** Opens an instance with one problem more in its config. */
export const withProblem =
  (open: Open, problem: string): Open =>
  (dataSource) =>
    Effect.map(open(dataSource), (opened) => ({
      ...opened,
      config: Effect.matchEffect(opened.config, {
        onFailure: ({ message }) => invalidConfig([message, problem]),
        onSuccess: () => invalidConfig([problem]),
      }),
    }))

const isDuration = Schema.is(DurationText)

/** The config with the options' own time in place of its budget's. */
const load = (
  { runTime, instance: _instance, secrets = {}, ...options }: OpenOptions,
  { external }: StarbaseDataSource,
) =>
  Effect.flatMap(loadConfig({ ...options, secrets, external }), (config) => {
    if (runTime === undefined) return Effect.succeed(config)
    if (!isDuration(runTime)) return invalidConfig([`runTime: must be a duration such as "30 seconds"`])
    return Effect.succeed({ ...config, budget: { ...config.budget, millis: toMillis(runTime) } })
  })
