import {
  type Connector,
  type ConnectorError,
  readPast,
  replicate,
  type ReplicationConfig,
  type Selection,
  type Sink,
  type TableResult,
  toMillis,
} from "@starbase-replication/core"
import { fromRpc, layer } from "@starbase-replication/sink-sqlite"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { StarbaseDataSource } from "../Starbase.ts"
import { loadConfig } from "./document.ts"
import { logger } from "./logs/logger.ts"
import { observed, type OnSynced } from "./logs/observe.ts"
import { rememberLooks, withLooks } from "./looked.ts"

/** What the plugin's work needs of its options; see `ReplicationOptions`. */
export interface RunnerOptions {
  readonly config: unknown
  readonly connectors: ReadonlyArray<Connector>
  readonly secrets?: object
  readonly runTime?: string
}

/** How to run tables. */
export interface RunOptions {
  readonly select: Selection
  readonly claim: boolean
  readonly refresh?: boolean
  readonly verify?: { readonly repair: boolean }
  /** For how many milliseconds to go on reading at most. */
  readonly millis?: number
  /** Told, where a run ended well or not, up to when its table now holds everything. */
  readonly onSynced?: OnSynced
}

/** Runs tables, and anything in the replica's sink, for one instance. */
export const makeRunner = (options: RunnerOptions) => {
  const { runTime } = options
  const load = (dataSource: StarbaseDataSource): Effect.Effect<ReplicationConfig, ConnectorError> =>
    loadConfig({ ...options, secrets: options.secrets ?? {}, external: dataSource.external })

  /** The config with the options' own time in place of its budget's. */
  const withRunTime = (config: ReplicationConfig): ReplicationConfig =>
    runTime === undefined ? config : { ...config, budget: { ...config.budget, millis: toMillis(runTime) } }

  /** Sends what is logged where the config says; a wrong one does not turn it off. */
  const logged = <A, E, R>(dataSource: StarbaseDataSource, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(Effect.exit(load(dataSource)), (config) =>
      Effect.provide(effect, logger(Exit.isSuccess(config) ? config.value.log : "json")),
    )

  const inSink = <A>(
    dataSource: StarbaseDataSource,
    effect: Effect.Effect<A, ConnectorError, Sink>,
    onSynced?: OnSynced,
  ) => Effect.provide(effect, observed(layer(fromRpc(dataSource.rpc)), onSynced))

  const run = (
    dataSource: StarbaseDataSource,
    { millis, onSynced, ...how }: RunOptions,
  ): Effect.Effect<ReadonlyArray<TableResult>, ConnectorError> =>
    Effect.flatMap(Effect.map(load(dataSource), withRunTime), (config) => {
      const { budget } = config
      const bounded = millis === undefined ? budget : { ...budget, millis: Math.min(budget.millis, millis) }
      const replicated = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const stored = yield* readPast
        const results = yield* replicate(config, { ...how, budget: bounded, past: withLooks(stored, now) })
        rememberLooks(stored, results, now)
        return results
      })
      return inSink(dataSource, replicated, onSynced)
    })

  return { load, logged, inSink, run, withRunTime }
}

export type Runner = ReturnType<typeof makeRunner>
