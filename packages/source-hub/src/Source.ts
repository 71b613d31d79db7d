import { type ConnectorError, type Secrets, Source, toMillis } from "@starbase-replication/core/source"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Client, makeClient, type Send } from "./internal/client.ts"
import { makeHttp } from "./internal/http.ts"
import { makeSource } from "./internal/source.ts"
import { makeTarget } from "./internal/target.ts"
import type { CalledSettings, Settings } from "./Settings.ts"

const defaultEvery = "5 seconds"

const sourceOf = (client: Client, { every = defaultEvery }: Pick<Settings, "every">) =>
  makeSource(client, toMillis(every))

/** Opens a hub for one run. It holds no connection: each request stands alone. */
export const layer = (settings: Settings, secrets: Secrets): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(
    Source,
    Effect.flatMap(makeTarget(settings, secrets), (target) => sourceOf(makeHttp(target), settings)),
  )

/** The same over a function. */
export const layerOver = (send: Send, settings: CalledSettings): Layer.Layer<Source, ConnectorError> =>
  Layer.effect(Source, sourceOf(makeClient(send), settings))

export type { Send }
